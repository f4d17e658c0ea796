/**
 * A protocol is a codec over bytes: it says what to send when the TCP connection stands, and takes what comes.
 * One object serves all connections of an engine; what it must remember of each lies in typed-array columns by slot.
 */
import type { Cause, CauseCode } from "../../measure/cause.ts";
import type { Counter } from "../../measure/tally.ts";
import type { Destination } from "./mqtt/options.ts";

/** Counters of a codec's own, as the tally names them. */
export type CodecCounts = Partial<Record<Counter, number>>;

/** The rules a peer can break; the detail of a `protocol-error`. */
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

/** What a protocol may tell the engine while it takes bytes. */
export interface Wire {
  /** Handshake complete. */
  opened(slot: number): void;
  /** What the handshake agreed on, to be counted: "compression". Comes before {@link opened}. */
  agreed?(slot: number, what: string, value: string): void;
  /** Handshake refused; the socket is ended. */
  refused(slot: number, cause: Cause, code: CauseCode): void;
  /**
   * A whole message; `isLast` when no byte follows it in what was taken (then the read's stamp is its own). `isText`:
   * sent as text. `isRepeat`: the peer says that it may have sent it before.
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
  /** An answer to our ping, with the send time it carried (from the peer: not to be trusted). */
  pong(slot: number, sentNs: number): void;
  /** The peer said farewell with this code (0: none given), and why in its own words. */
  peerClosed(slot: number, code: number, reason?: string): void;
  /** The peer broke the protocol, and was told so. The socket is ended. */
  violation(slot: number, rule: ViolationRule): void;
  /**
   * Sends raw bytes, which may change once this returns; they may be dropped when we already said farewell, or when the
   * peer reads nothing of what it asks for.
   */
  write(slot: number, bytes: Uint8Array): void;
  /** The last acknowledgement of a message of ours came, which was sent at `sentNs`; the peer may have refused it. */
  acknowledged(slot: number, sentNs: number, isRefused: boolean): void;
  /** Outside of `take`: makes a slot the one that is written to and told of; false when it is not open. */
  wake(slot: number): boolean;
  /** Gives up an open connection that no longer answers. */
  abandon(slot: number, cause: Cause, detail: string): void;
}

export interface Protocol {
  /** What to send once the TCP connection stands; the same bytes for all slots of an endpoint. */
  greeting(slot: number): Uint8Array;
  /**
   * Takes bytes from `start` to `end` and returns where it stopped; the rest comes again with more. When it stops short
   * it sets {@link needs}. Bytes of a connection whose handshake is pending arrive with `open` false.
   */
  take(slot: number, bytes: Buffer, start: number, end: number, open: boolean): number;
  /** How many bytes, from where `take` stopped, it must have before it can go on. */
  needs: number;
  /** Forgets a slot, before it is used again. */
  reset(slot: number): void;
  /** The bytes that say farewell, null where the protocol has none (then `close-frame` means `fin`). */
  farewell(): Uint8Array | null;
  /** Where connections differ in their farewell; null: {@link farewell} serves. */
  farewellOf?(slot: number): Uint8Array | null;
  /**
   * Frames a payload as one message: as a binary one, or as what it looks like; `to` a topic where the protocol has
   * topics. Null when the peer's limits do not allow it now.
   */
  frame(payload: Uint8Array, isBinary: boolean, slot: number, to?: Destination): Uint8Array | null;
  /**
   * A ping that carries `sentNs`, or is remembered by it; null where the protocol has none, or another is not answered
   * yet.
   */
  ping(sentNs: number, slot: number): Uint8Array | null;
  /** Whether the peer ends the TCP connection once the farewells are said; else we do, at its farewell. */
  readonly peerEndsFirst: boolean;
  /** The connection is open once the byte stream stands: there is no handshake, and the greeting is empty. */
  readonly opensAtOnce?: boolean;
  /** After our farewell nothing may follow: our direction of the stream is ended with it. */
  readonly farewellEndsStream?: boolean;
  /** The peer ended its stream (FIN); called before its end is told. */
  finish?(slot: number): void;
  /** Called a few times a second, for what is due at its own time. */
  expire?(atNs: number): void;
  /** What it counts beside connections and messages; names are the tally's. */
  readonly counts?: CodecCounts;
}
