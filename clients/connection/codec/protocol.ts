/**
 * The interface of a protocol: a codec over bytes that says what to send once the TCP connection is established and
 * parses what arrives. One object serves all connections of an engine and keeps its state in typed-array columns by
 * slot.
 */
import type { Cause, CauseCode } from "../../measure/cause.ts";
import type { Counter } from "../../measure/tally.ts";
import type { Destination } from "./mqtt/options.ts";

/** Additional counters of a codec, named as in the tally. */
export type CodecCounts = Partial<Record<Counter, number>>;

/** The rules a peer can violate; the detail of a `protocol-error`. */
export const violationRules = [
  "reserved-bits",
  "masked-by-server",
  "bad-opcode",
  "fragmented-control",
  "control-too-long",
  "continuation-without-start",
  "start-inside-fragments",
  "text-not-utf8",
  "close-payload",
  "close-code",
  "close-reason-not-utf8",
  "message-too-large",
  "bad-chunk",
  "bad-compression",
  "bad-head",
  "head-too-large",
  "text-frame",
  "bad-length",
  "malformed-packet",
  "unexpected-packet",
  "unexpected-session",
  "bad-qos",
  "bad-topic",
  "bad-property",
  "packet-id",
  "topic-alias",
  "receive-maximum",
] as const;
export type ViolationRule = (typeof violationRules)[number];

/** Callbacks from a protocol to the engine while it parses bytes. */
export interface Wire {
  /** The handshake is complete. */
  opened(slot: number): void;
  /** Something agreed on in the handshake, such as "compression", to be counted. Called before {@link opened}. */
  agreed?(slot: number, what: string, value: string): void;
  /** The handshake was refused; the socket is closed. */
  refused(slot: number, cause: Cause, code: CauseCode): void;
  /**
   * A whole message; `isLast` when no byte follows it in the same read (so that the read's stamp is its own). `isText`:
   * sent as text. `isRepeat`: the peer flagged it as a possible duplicate.
   */
  message(
    slot: number,
    bytes: Buffer,
    start: number,
    end: number,
    isLast: boolean,
    isText?: boolean,
    isRepeat?: boolean,
  ): void;
  /** Answer to a ping, with the send time it carried (supplied by the peer, so not trusted). */
  pong(slot: number, sentNs: number): void;
  /** The peer closed with this code (0: none given) and its reason text. */
  peerClosed(slot: number, code: number, reason?: string): void;
  /** The peer violated the protocol and was notified. The socket is closed. */
  violation(slot: number, rule: ViolationRule): void;
  /**
   * Sends raw bytes; the caller may reuse the buffer. They may be dropped after our close message, or when the peer
   * does not read the answers it requests.
   */
  write(slot: number, bytes: Uint8Array): void;
  /** The last acknowledgement of a message sent at `sentNs`; `isRefused`: the peer refused it. */
  acknowledged(slot: number, sentNs: number, isRefused: boolean): void;
  /** Outside of `take`: makes a slot current for writing and callbacks; false when it is not open. */
  wake(slot: number): boolean;
  /** Closes an open connection that no longer responds. */
  abandon(slot: number, cause: Cause, detail: string): void;
}

export interface Protocol {
  /** What to send once the TCP connection is established; the same bytes for all slots of an endpoint. */
  greeting(slot: number): Uint8Array;
  /**
   * Parses bytes from `start` to `end` and returns where it stopped; the rest is passed again together with more bytes.
   * When it stops short it sets {@link needs}. Before the handshake is complete, `open` is false.
   */
  take(slot: number, bytes: Buffer, start: number, end: number, open: boolean): number;
  /** How many bytes, from where `take` stopped, are needed to continue. */
  needs: number;
  /** Clears a slot before it is reused. */
  reset(slot: number): void;
  /** The protocol's close message, null when it has none (then `close-frame` means `fin`). */
  farewell(): Uint8Array | null;
  /** Where the close message varies by connection; null: use {@link farewell}. */
  farewellOf?(slot: number): Uint8Array | null;
  /**
   * Frames a payload as one message, binary if requested, otherwise text if it is valid UTF-8; `to`: a topic where the
   * protocol has topics. Null when the peer's limits do not allow it now.
   */
  frame(payload: Uint8Array, isBinary: boolean, slot: number, to?: Destination): Uint8Array | null;
  /**
   * A ping that carries `sentNs`, or is remembered with it; null where the protocol has none, or another is unanswered.
   */
  ping(sentNs: number, slot: number): Uint8Array | null;
  /** Whether the peer closes the TCP connection after the close messages; otherwise the client does, on the peer's. */
  readonly peerEndsFirst: boolean;
  /** The connection is open as soon as the byte stream is: there is no handshake, and the greeting is empty. */
  readonly opensAtOnce?: boolean;
  /** Nothing may follow our close message: the sending direction is shut down with it. */
  readonly farewellEndsStream?: boolean;
  /** The peer ended its stream (FIN); called before the end is reported. */
  finish?(slot: number): void;
  /** Called a few times a second, for time-based work. */
  expire?(atNs: number): void;
  /** Counters besides connections and messages, named as in the tally. */
  readonly counts?: CodecCounts;
}
