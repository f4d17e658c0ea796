/**
 * What a shard asks of an engine, and what it is told. Connections are slots (0 to slots-1); an engine keeps typed-array columns
 * by slot. Two engines keep this contract: kernel/ (epoll and recvmsg, Linux) and portable/ (Node's sockets; the ws library).
 * All instants are nanoseconds of CLOCK_MONOTONIC.
 */
import type { Cause, CauseCode } from "../measure/cause.ts";
import type { ClockOffset } from "../measure/clock.ts";
import type { HeaderFields } from "./header-fields.ts";

/** Where a message's stamp came from. `shared`: the kernel stamped several messages at once, the stamp is an upper bound. */
export type StampKind = 0 | 1 | 2;
export const ownStamp = 0;
export const sharedStamp = 1;
export const unstamped = 2;

/** How we end a connection: `close-frame` is the protocol's own farewell, `fin` ends the stream, `rst` resets it. */
export type CloseManner = "close-frame" | "fin" | "rst";

/**
 * Told by the engine; no method may keep `bytes`, which is the engine's one buffer. From within a method any slot may be opened,
 * closed, abandoned or sent to; `turn` and `readSome` may not be called.
 */
export interface ConnectionSink {
  /** The handshake is complete. */
  opened(slot: number, startedNs: number, tcpNs: number, openedNs: number): void;
  /**
   * It did not open. `code` is the HTTP status, an errno's name (`EHOSTUNREACH`), what was wrong with the answer or with TLS; 0 or "" when
   * there is none. `detail` says more, for the record of events alone. May come before {@link Engine.open} returns.
   */
  refused(slot: number, cause: Cause, code: CauseCode, atNs: number, detail: string): void;
  /**
   * A whole message: bytes from `start` to `end`. `atNs` is the kernel's receive stamp, or `readNs` where there is none. `isText`: its
   * protocol tells text from binary, and calls it text.
   */
  message(slot: number, bytes: Buffer, start: number, end: number, atNs: number, readNs: number, stamp: StampKind, isText?: boolean): void;
  /** An answer to {@link Engine.ping}. */
  pong(slot: number, roundTripNs: number): void;
  /** An open connection ended. `code` is the close code where a close frame came. `detail` names a violation or an error (`ECONNRESET`). */
  closed(slot: number, cause: Cause, code: CauseCode, atNs: number, detail: string): void;
}

/** A place to dial, its host name already resolved. `tls` demands the portable engine. */
export interface Endpoint {
  host: string;
  address: string;
  family: 4 | 6;
  port: number;
  path: string;
  tls: boolean;
}

export type ProtocolName = "websocket" | "sse" | "tcp" | "http";

export interface EngineOptions {
  protocol: ProtocolName;
  slots: number;
  /** Slot s dials endpoint s modulo their number. */
  endpoints: Endpoint[];
  /** Local addresses to spread connections over; empty: the system chooses. */
  sources: string[];
  headers: HeaderFields;
  subprotocols: string[];
  /** Sent once after opening (a subscribe message). */
  firstMessage: string | null;
  connectTimeoutMs: number;
  upgradeTimeoutMs: number;
  closeTimeoutMs: number;
  maxMessageBytes: number;
  /** Slots below this number read slowly: nothing is read but by {@link Engine.readSome}, through a small receive buffer. */
  slowSlots: number;
  slowReceiveBufferBytes: number;
  tls: { certificateAuthority: string | null; insecure: boolean };
  compression: boolean;
}

/** What the kernel knows of a socket at one instant. Numbers the host cannot tell are -1. */
export interface SocketEvidence {
  atNs: number;
  /** TCP_INFO: segments sent and not acknowledged, segments retransmitted, back-offs. */
  unacked: number;
  retransmits: number;
  backoff: number;
  bytesAcked: number;
  bytesReceived: number;
  /** Bytes the kernel holds that we have not read (SIOCINQ), or that the peer has not acknowledged (SIOCOUTQ). */
  unreadBytes: number;
  unsentBytes: number;
  minRttUs: number;
}

export interface EngineCounts {
  reads: number;
  /** Reads that should have carried a kernel stamp and did not; 0 with clock `read`. */
  unstampedReads: number;
  /** Messages that were not the last of their read: their stamp is an upper bound. */
  sharedStamps: number;
  bytes: number;
  clockJumps: number;
}

/** Requests that are sent again and again are pinned once and sent without framing or copy. */
export interface PinnedSender {
  /** Takes bytes that never change; returns the handle by which ranges of them are sent. */
  pin(bytes: Uint8Array): number;
  /** Sends pinned bytes from `start` to `end` on an open slot, as they are. */
  sendPinned(slot: number, handle: number, start: number, end: number): void;
}

export interface Engine {
  readonly offset: ClockOffset;
  readonly name: "kernel" | "portable";
  readonly clock: "kernel" | "read";
  readonly counts: EngineCounts;
  /** Begins to connect a slot that is not in use. */
  open(slot: number): void;
  /**
   * Ends a connection by our choice; the sink's `closed` follows with this cause, for `rst` at once, else when the peer has said farewell
   * or ended its stream, or after `closeTimeoutMs`; until then messages may still come. On a slot that is not open yet `refused` follows
   * at once with this cause. Does nothing on a slot that is idle or closing.
   */
  close(slot: number, manner: CloseManner, cause: Cause): void;
  /** Ends an open connection we no longer trust (silent): reported at once with this cause. */
  abandon(slot: number, cause: Cause, detail: string): void;
  /** Sends bytes as one message (protocol framing is added). */
  send(slot: number, payload: Uint8Array): void;
  /** Sends a ping that carries its own send time. */
  ping(slot: number): void;
  /** Reads at most about `bytes` from a slow slot; only then is the end of its stream seen. */
  readSome(slot: number, bytes: number): void;
  /** Null on a slot without a socket, and always with the portable engine: Node does not ask the kernel. */
  evidence(slot: number): SocketEvidence | null;
  /** Waits at most `waitMs` for sockets and handles those that are ready. */
  turn(waitMs: number): void | Promise<void>;
  /** Ends waits that passed their deadline; call a few times a second. */
  expire(): void;
  /** Re-reads the offset between the stamps' clock and ours; call once a second. */
  syncClock(): void;
  dispose(): void;
}
