/** How clients come back that lost their connection, or did not get one: the load stays at plan. */
import { type Static, Type } from "typebox";
import { closed, duration, durationWithoutDefault } from "./shared-fields.ts";

const backoffFactor = {
  minimum: 1,
  maximum: 100,
  description: "by which the wait grows with each attempt in a row, up to 30 s; 1: it stays",
} as const;
const jitterShare = {
  minimum: 0,
  maximum: 1,
  description: "share of the wait that is left to chance: 0 none, 1 anything from nothing to the whole",
} as const;
const attempts = {
  minimum: 0,
  maximum: 10_000,
  description: "attempts in a row before a client gives up; 0: it never comes back",
} as const;

/** What differs for one cause; the rest is as for all. */
const OfCause = closed(
  {
    after: Type.Optional(durationWithoutDefault("wait before the first attempt")),
    backoff: Type.Optional(Type.Number(backoffFactor)),
    jitter: Type.Optional(Type.Number(jitterShare)),
    retries: Type.Optional(Type.Integer(attempts)),
  },
  "for connections that ended, or were refused, by this cause",
);

/** The causes a client may come back from: those of clients/measure/cause.ts that are not ours. */
export const reconnectCauses = [
  "refused",
  "connect-timeout",
  "no-local-port",
  "no-descriptor",
  "unreachable",
  "proxy-unreachable",
  "proxy-refused",
  "upgrade-rejected",
  "upgrade-timeout",
  "upgrade-invalid",
  "closed-early",
  "tls-failed",
  "opening-failed",
  "close-frame",
  "eof",
  "reset",
  "protocol-error",
  "silent",
  "target-died",
] as const;
export type ReconnectCause = (typeof reconnectCauses)[number];

export const Reconnect = closed(
  {
    after: duration("wait before a client that lost its connection, or did not get one, tries again", "1s"),
    backoff: Type.Number({ ...backoffFactor, default: 2 }),
    jitter: Type.Number({ ...jitterShare, default: 0.5 }),
    retries: Type.Integer({ ...attempts, default: 5 }),
    causes: Type.Optional(
      closed(
        Object.fromEntries(reconnectCauses.map((cause) => [cause, Type.Optional(OfCause)])) as Record<
          ReconnectCause,
          ReturnType<typeof Type.Optional<typeof OfCause>>
        >,
        "what differs by cause, e.g. {close-frame: {after: 5s}, upgrade-rejected: {retries: 0}}",
      ),
    ),
  },
  "clients come back as real ones do, and the load stays at plan",
);
export type ReconnectBlock = Static<typeof Reconnect>;
