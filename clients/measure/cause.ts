/**
 * Why a connection failed to open or was closed: one closed list, used for metric labels, report rows and
 * documentation. Codes (chosen by the peer, an errno name, the rule a response violated) are kept separately from the
 * cause.
 */
export const causes = {
  refused: {
    stage: "connect",
    sentence: "the target's host answered the connect with a reset: nothing is listening there",
  },
  "connect-timeout": {
    stage: "connect",
    sentence: "no answer to the connect within the timeout (SYN dropped or accept queue full)",
  },
  "no-local-port": { stage: "connect", sentence: "the generator's host ran out of source ports for this destination" },
  "no-descriptor": { stage: "connect", sentence: "a generator process ran out of file descriptors" },
  unreachable: { stage: "connect", sentence: "the network reported the target's host or network as unreachable" },
  "proxy-unreachable": {
    stage: "connect",
    sentence: "the connection to the proxy failed; the error is kept as the code",
  },
  "proxy-refused": {
    stage: "connect",
    sentence:
      "the proxy did not open a tunnel to the target: its HTTP status, timeout or closed-early is kept as the code",
  },
  "upgrade-rejected": { stage: "upgrade", sentence: "the target answered the upgrade with another HTTP status" },
  "upgrade-timeout": {
    stage: "upgrade",
    sentence: "the target accepted the connection but did not answer the upgrade within the timeout",
  },
  "upgrade-invalid": {
    stage: "upgrade",
    sentence:
      "the target's answer to the upgrade violated the protocol, or the socket was closed before it was complete",
  },
  "closed-early": {
    stage: "upgrade",
    sentence:
      "the target accepted the connection and closed it without an answer: it may have reached a limit of its own",
  },
  "tls-failed": {
    stage: "upgrade",
    sentence: "the TLS handshake failed: an untrusted certificate, an alert from the target, or a port without TLS",
  },
  "opening-failed": {
    stage: "upgrade",
    sentence: "the connection was established, but a step of its opening failed; the step is in the events",
  },
  "close-frame": { stage: "life", sentence: "the target closed with a close frame" },
  eof: { stage: "life", sentence: "the target closed the stream (FIN) without a close frame" },
  reset: { stage: "life", sentence: "the connection was reset (RST)" },
  "protocol-error": { stage: "life", sentence: "the target sent bytes that violate the protocol" },
  silent: { stage: "life", sentence: "no push for several intervals, with the socket's evidence kept" },
  "target-died": { stage: "life", sentence: "the target's process exited" },
  "generator-died": { stage: "life", sentence: "a shard process or agent of the generator died" },
  planned: { stage: "generator", sentence: "closed by the generator as planned" },
  interrupted: { stage: "generator", sentence: "closed early by the generator because the run was stopped" },
} as const satisfies Record<string, { stage: CauseStage; sentence: string }>;

/** `connect` and `upgrade`: it never opened. `life`: it was lost. `generator`: the generator closed it. */
export type CauseStage = "connect" | "upgrade" | "life" | "generator";
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

/** Whether the generator itself closed a connection with this cause. */
export function isClosedByGenerator(cause: Cause): boolean {
  return causes[cause].stage === "generator";
}

/** Whether a connection with this cause was open and lost unexpectedly. */
export function isUnexpectedClose(cause: Cause): boolean {
  return causes[cause].stage === "life";
}
