import { type AlertName, alertCodes } from "../opening/tls-sender.ts";
import { integer, listOf, number, object, oneOf, optional, text } from "./fields.ts";

const longestMs = 86_400_000;
const milliseconds = number(0, longestMs);
const mostConnections = 10_000_000;

const atRule = object({
  atMs: optional(milliseconds),
  whenOpen: optional(integer(0, mostConnections)),
  whenRequests: optional(integer(1, 1_000_000_000)),
  afterMs: optional(milliseconds),
  alignMs: optional(number(1, longestMs)),
  phaseMs: optional(milliseconds),
  forMs: optional(milliseconds),
  repeatMs: optional(number(1, longestMs)),
  times: optional(integer(1, 1_000_000)),
  fromTick: optional(integer(0, 1_000_000_000)),
  ticks: optional(integer(1, 1_000_000_000)),
});

const selection = {
  share: optional(number(0, 1)),
  every: optional(integer(1, mostConnections)),
  offset: optional(integer(0, mostConnections)),
  first: optional(integer(0, mostConnections)),
  above: optional(integer(0, mostConnections)),
  connections: optional(listOf(integer(0, mostConnections))),
};

const always = { at: optional(atRule) };
const chosen = { ...always, ...selection };
const pushed = { ...chosen, per: optional(oneOf(["push", "connection"])) };

/** Either uniform between two bounds, to a tenth of a millisecond, or a list of weighted values. */
const spreadOrList = {
  ms: optional(milliseconds),
  uniform: optional(object({ minMs: milliseconds, maxMs: milliseconds })),
  weighted: optional(listOf(object({ ms: milliseconds, weight: number(0, 1e9) }))),
};

const closeCode = integer(1000, 4999);
const reason = text(123);
const location = optional(text(2048));
const retryAfterSeconds = optional(integer(0, 86_400));
const frames = integer(1, 1_000_000);
const share = number(0, 1);

/** Default delay of a conversation fault, milliseconds. */
export const usualLateMs = 1000;
/** What can happen to an answer. */
const answerFaults = ["ignore", "wrong", "late", "twice"] as const;

/** How a dropped connection is ended. */
export const endings = ["close", "fin", "rst"] as const;
/** Violations of RFC 6455 that a client must report as `protocol-error`. */
export const violations = ["reserved-bits", "bad-opcode", "masked-frame", "oversized-length"] as const;
/** How a full server refuses the next connection. */
export const refusals = ["reset", "stop-listening", "status"] as const;

/** How a stream is cut: as if complete, with an unfinished body, or by RST. */
export const streamEndings = ["polite", "fin", "rst"] as const;
/** Most events in a stream. */
export const mostStreamEvents = 1_000_000;
const streamEvents = integer(0, mostStreamEvents);
/** How far a handshake gets: to the ClientHello, to our ServerHello, or to the client's Finished. */
const steps = ["hello", "server-hello", "finished"] as const;
const alert = oneOf(Object.keys(alertCodes) as AlertName[]);

const ending = { ending: optional(oneOf(endings)), code: optional(closeCode), reason: optional(reason) };

/** Every kind of fault with its fields: types, validation and the reference in README.md derive from this table. */
export const kinds = {
  "push.delay": { ...pushed, ...spreadOrList },
  "push.drift": { ...pushed, msPerTick: milliseconds },
  "push.drop": pushed,
  "push.duplicate": pushed,
  "push.reorder": pushed,
  "push.corrupt": pushed,
  "push.no-written-stamp": pushed,
  "push.realtime-clock": pushed,
  "push.foreign-clock": { ms: milliseconds, told: optional(oneOf([true, false])) },
  "push.unstamped": pushed,
  "upgrade.reject": { ...chosen, status: integer(200, 599), retryAfterSeconds, location },
  "upgrade.stall": chosen,
  "upgrade.slow": { ...chosen, msPerByte: number(0.1, 60_000) },
  "upgrade.bad-accept": chosen,
  "upgrade.glued": chosen,
  "upgrade.not-http": chosen,
  "upgrade.close-during": { ...chosen, ending: optional(oneOf(["fin", "rst"])) },
  "tls.certificate": { ...chosen, problem: oneOf(["expired", "wrong-host", "unknown-issuer"]) },
  "tls.version": { ...chosen, version: oneOf(["1.2", "1.3"]) },
  "tls.stall": { ...chosen, step: optional(oneOf(steps)) },
  "tls.alert": { ...chosen, step: optional(oneOf(steps)), alert },
  "tls.key-update": { ...chosen, asks: optional(oneOf([true, false])) },
  "tls.records": { ...chosen, bytes: integer(1, 16_384) },
  "tls.client-certificate": chosen,
  "tls.no-close-notify": chosen,
  "tls.tickets": { count: integer(0, 100) },
  "mqtt.refuse": { ...chosen, code: integer(1, 255) },
  "mqtt.ack-drop": chosen,
  "mqtt.ack-delay": { ...chosen, ms: milliseconds },
  "life.close": { ...chosen, code: closeCode, reason: optional(reason) },
  "life.disconnect": { ...chosen, code: integer(128, 255) },
  "life.alert": { ...chosen, alert },
  "life.fin": chosen,
  "life.rst": chosen,
  "life.half-open": chosen,
  "life.protocol-error": { ...chosen, violation: oneOf(violations) },
  "life.freeze": { ...always, ms: milliseconds },
  "life.die": always,
  "life.leak": { ...always, bytesPerPush: optional(integer(0, 1e9)), bytesPerConnect: optional(integer(0, 1e9)) },
  "limit.drop": { ...always, above: integer(0, mostConnections), afterMs: optional(milliseconds), ...ending },
  "limit.delay": { ...always, above: integer(0, mostConnections), msPerConnection: milliseconds },
  "limit.refuse": { ...always, above: integer(0, mostConnections), how: oneOf(refusals) },
  "limit.fds": { ...always, sockets: integer(0, mostConnections) },
  "ping.ignore": chosen,
  "ping.pong-delay": { ...chosen, ms: milliseconds },
  "ping.server-pings": { ...chosen, everyMs: number(1, longestMs) },
  "ping.fragment": { ...pushed, frames },
  "ping.split-bytes": { ...pushed, bytes: integer(1, 1_048_576) },
  "ping.coalesce": pushed,
  "talk.opening": {
    ...chosen,
    how: oneOf(["refuse", "ignore", "wrong", "late"]),
    ms: optional(milliseconds),
    code: optional(closeCode),
    reason: optional(reason),
  },
  "talk.beat": { ...chosen, how: oneOf(answerFaults), ms: optional(milliseconds) },
  "talk.answer": { ...chosen, how: oneOf(answerFaults), ms: optional(milliseconds) },
  "talk.delivery": { ...chosen, how: oneOf(["lose", "twice", "late", "swap", "astray"]), ms: optional(milliseconds) },
  "http.delay": { ...chosen, ...spreadOrList },
  "http.stall": { at: atRule, ms: milliseconds },
  "http.status": { ...chosen, statuses: listOf(object({ status: integer(200, 599), share })) },
  "http.chunked": { ...chosen, bytesPerChunk: optional(integer(1, 1_048_576)) },
  "http.truncate": { ...chosen, bytes: optional(integer(0, 1_048_576)) },
  "http.malformed": chosen,
  "http.close-after": { ...always, requests: integer(1, 1_000_000_000) },
  "http.wrong-json": chosen,
  "stream.reject": { ...chosen, status: integer(400, 599), retryAfterSeconds },
  "stream.slow-start": { ...chosen, ...spreadOrList },
  "stream.stall": { ...chosen, afterEvents: streamEvents, ms: milliseconds },
  "stream.burst": { ...chosen, events: integer(2, mostStreamEvents) },
  "stream.cut": { ...chosen, afterEvents: streamEvents, ending: oneOf(streamEndings) },
  "stream.error": { ...chosen, afterEvents: streamEvents },
} as const;

export type Kind = keyof typeof kinds;
/** Every kind, in table order. */
export const kindList = Object.keys(kinds) as Kind[];

/** Kinds that happen at an instant, and therefore need `at`. */
export const eventKinds: readonly Kind[] = [
  "life.close",
  "life.disconnect",
  "life.alert",
  "life.fin",
  "life.rst",
  "life.half-open",
  "life.protocol-error",
  "life.freeze",
  "life.die",
  "http.stall",
];

/** Whether a kind affects individual pushes, and therefore takes a window of ticks and `per`. */
export function isPushKind(kind: Kind): boolean {
  return "per" in kinds[kind];
}
