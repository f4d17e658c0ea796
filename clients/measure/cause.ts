/**
 * Why a connection failed to open or was closed: one closed list, used for metric labels, report rows and
 * documentation. Codes (chosen by the peer, an errno name, the rule a response violated) are kept separately from the
 * cause.
 */
export const causes = {
  refused: { stage: "connect", sentence: "the target's host answered the connect with a reset: nothing listens there" },
  "connect-timeout": {
    stage: "connect",
    sentence: "no answer to the connect within the deadline (SYN dropped or accept queue full)",
  },
  "no-local-port": { stage: "connect", sentence: "the generator's host had no free source port for this destination" },
  "no-descriptor": { stage: "connect", sentence: "the generator's process had no file descriptor left" },
  unreachable: { stage: "connect", sentence: "the network said that the target's host or net cannot be reached" },
  "proxy-unreachable": { stage: "connect", sentence: "the proxy could not be connected to; the error is kept" },
  "proxy-refused": {
    stage: "connect",
    sentence: "the proxy made no tunnel to the target: its HTTP status, timeout or closed-early is kept",
  },
  "upgrade-rejected": { stage: "upgrade", sentence: "the target answered the upgrade with another HTTP status" },
  "upgrade-timeout": {
    stage: "upgrade",
    sentence: "the target accepted the connection but did not answer the upgrade within the deadline",
  },
  "upgrade-invalid": {
    stage: "upgrade",
    sentence: "the target's upgrade answer broke the protocol, or the socket ended before it was whole",
  },
  "closed-early": {
    stage: "upgrade",
    sentence: "the target accepted the connection and ended it without an answer: it may be at a limit of its own",
  },
  "tls-failed": {
    stage: "upgrade",
    sentence: "the TLS handshake failed: a certificate that is not trusted, an alert of the target, or no TLS there",
  },
  "opening-failed": {
    stage: "upgrade",
    sentence: "the connection stood, but a step of its opening was not met; the step is in the events",
  },
  "close-frame": { stage: "life", sentence: "the target closed with a close frame" },
  eof: { stage: "life", sentence: "the target ended the stream (FIN) without a close frame" },
  reset: { stage: "life", sentence: "the connection was reset (RST)" },
  "protocol-error": { stage: "life", sentence: "the target sent bytes that break the protocol" },
  silent: { stage: "life", sentence: "no push for several intervals, with the socket's evidence kept" },
  "target-died": { stage: "life", sentence: "the target's process ended" },
  "generator-died": { stage: "life", sentence: "our own shard process or agent ended" },
  planned: { stage: "ours", sentence: "we closed it, as the scenario asked" },
  interrupted: { stage: "ours", sentence: "we closed it early because the run was stopped" },
} as const satisfies Record<string, { stage: CauseStage; sentence: string }>;

/** `connect` and `upgrade`: it never opened. `life`: it was lost. `ours`: the generator closed it. */
export type CauseStage = "connect" | "upgrade" | "life" | "ours";
export type Cause = keyof typeof causes;
/**
 * Details of a cause: a number chosen by the peer (close code, HTTP status), or a word from a closed list
 * (`ECONNRESET`, a violated rule, a TLS reason). 0 and "" mean none.
 */
export type CauseCode = number | string;

/** Every cause, in the order of the list above. */
export const causeList = Object.keys(causes) as Cause[];

/** Whether a connection with this cause was never opened. */
export function isRefusal(cause: Cause): boolean {
  const { stage } = causes[cause];
  return stage === "connect" || stage === "upgrade";
}

/** Whether a connection with this cause was open and lost unexpectedly. */
export function isUnexpectedClose(cause: Cause): boolean {
  return causes[cause].stage === "life";
}
