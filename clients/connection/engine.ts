/**
 * What a shard asks of an engine, and what it is told. Connections are slots (0 to slots-1); an engine keeps
 * typed-array columns by slot. Two engines keep this contract: kernel/ (epoll and recvmsg, Linux) and portable/ (Node's
 * sockets; the ws library). All instants are nanoseconds of CLOCK_MONOTONIC.
 */
import type { Cause, CauseCode } from "../measure/cause.ts";
import type { ClockOffset } from "../measure/clock.ts";
import type { Framing } from "./codec/lines.ts";
import type { CompileText, Destination, MqttOptions } from "./codec/mqtt/options.ts";
import type { CodecCounts } from "./codec/protocol.ts";
import type { HeaderFields } from "./header-fields.ts";
import type { TlsOptions } from "./tls-options.ts";

/**
 * Where a message's stamp came from. `shared`: the kernel stamped several messages at once, the stamp is an upper
 * bound.
 */
export type StampKind = 0 | 1 | 2;
export const ownStamp = 0;
export const sharedStamp = 1;
export const unstamped = 2;

/** How we end a connection: `close-frame` is the protocol's own farewell, `fin` ends the stream, `rst` resets it. */
export type CloseManner = "close-frame" | "fin" | "rst";

/**
 * Told by the engine; no method may keep `bytes`, which is the engine's one buffer. From within a method any slot may
 * be opened, closed, abandoned or sent to; `turn` and `readSome` may not be called.
 */
export interface ConnectionSink {
  /**
   * The TLS handshake is complete: how long the peer took, from the TCP connection to the last bytes of it. Comes
   * before `opened`.
   */
  secured?(slot: number, handshakeNs: number, session: TlsSession): void;
  /**
   * What the protocol's handshake agreed on: "compression", "permessage-deflate; server_no_context_takeover". Comes
   * before `opened`.
   */
  agreed?(slot: number, what: string, value: string): void;
  /** The handshake is complete; `greetedNs` is when the protocol's own began, `tcpNs` where it is left out. */
  opened(slot: number, startedNs: number, tcpNs: number, openedNs: number, greetedNs?: number): void;
  /**
   * It did not open. `code` is the HTTP status, an errno's name (`EHOSTUNREACH`), what was wrong with the answer or
   * with TLS; 0 or "" when there is none. `detail` says more, for the record of events alone. May come before
   * {@link Engine.open} returns.
   */
  refused(slot: number, cause: Cause, code: CauseCode, atNs: number, detail: string): void;
  /**
   * A whole message: bytes from `start` to `end`. `atNs` is the kernel's receive stamp, or `readNs` where there is
   * none. `isText`: its protocol tells text from binary, and calls it text. `isRepeat`: the peer says that it may have
   * sent it before.
   */
  message(
    slot: number,
    bytes: Buffer,
    start: number,
    end: number,
    atNs: number,
    readNs: number,
    stamp: StampKind,
    isText?: boolean,
    isRepeat?: boolean,
  ): void;
  /** An answer to {@link Engine.ping}. */
  pong(slot: number, roundTripNs: number): void;
  /** A message we sent was acknowledged to the end, this long after it was written; the peer may have refused it. */
  acknowledged?(slot: number, roundTripNs: number, isRefused: boolean): void;
  /**
   * An open connection ended. `code` is the close code where a close frame came, `truncated` for an `eof` without TLS's
   * close_notify. `detail` names a violation, an error (`ECONNRESET`), or is the peer's reason in its close frame.
   */
  closed(slot: number, cause: Cause, code: CauseCode, atNs: number, detail: string): void;
}

/** What was agreed in a TLS handshake; `alpn` is empty when nothing was. */
export interface TlsSession {
  version: string;
  cipher: string;
  alpn: string;
  isResumed: boolean;
}

/**
 * What a connection says when it opens, where that differs from connection to connection. Each result is good until the
 * next call.
 */
export interface Greetings {
  /** Request path and query, percent-encoded; `template` is the endpoint's own. */
  path(slot: number, template: string): string;
  headers(slot: number): HeaderFields;
  /** Null: all connections offer those of the options. */
  subprotocols: ((slot: number) => string[]) | null;
  /** Sent once after opening; null: nothing is. */
  firstMessage(slot: number): Uint8Array | null;
  /** MQTT: the topic filters of a slot; absent: all subscribe to those of the options. */
  topics?: ((slot: number) => string[]) | null;
  /** Any other template of the options. */
  readonly compile: CompileText;
}

/** A proxy, its name already resolved. `authorization` is the value of its header. */
export interface ForwardProxy {
  host: string;
  address: string;
  family: 4 | 6;
  port: number;
  authorization?: string;
}

/** A place to dial, its host name already resolved. */
export interface Endpoint {
  host: string;
  address: string;
  family: 4 | 6;
  port: number;
  path: string;
  tls: boolean;
  /**
   * Dialled instead, and asked for a tunnel to `host` and `port`; `address` is then empty where the name is the proxy's
   * to resolve.
   */
  proxy?: ForwardProxy;
  /** The file of a unix socket that is connected to; `host` then stands in headers alone. */
  socketPath?: string;
  /** MQTT only: its packets travel inside WebSocket messages. */
  carrier?: "websocket";
}

export type ProtocolName = "websocket" | "sse" | "tcp" | "http" | "mqtt";

export interface EngineOptions {
  protocol: ProtocolName;
  slots: number;
  /** Slot s dials endpoint s modulo their number. */
  endpoints: Endpoint[];
  /** Local addresses to spread connections over; empty: the system chooses. */
  sources: string[];
  /**
   * A network interface of the machine that dials, whose addresses of the destination's family are its sources; instead
   * of {@link sources}.
   */
  interface?: string;
  headers: HeaderFields;
  subprotocols: string[];
  /** Sent once after opening (a subscribe message). */
  firstMessage: string | null;
  connectTimeoutMs: number;
  upgradeTimeoutMs: number;
  closeTimeoutMs: number;
  maxMessageBytes: number;
  /**
   * Slots below this number read slowly: nothing is read but by {@link Engine.readSome}, through a small receive
   * buffer.
   */
  slowSlots: number;
  slowReceiveBufferBytes: number;
  /** What is left out is as in `defaultTls`. */
  tls: Partial<TlsOptions>;
  compression: boolean;
  /** How messages are told apart with protocol `tcp`; a length before each when left out. */
  framing?: Framing;
  /** File of a user's own protocol, absolute; spoken over the byte stream of `tcp`. */
  protocolModule?: string;
  /** To be given for protocol `mqtt`. */
  mqtt?: MqttOptions;
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
  /** What the codec counts beside; grows with time like the others. */
  codec?: CodecCounts;
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
   * Ends a connection by our choice; the sink's `closed` follows with this cause, for `rst` at once, else when the peer
   * has said farewell or ended its stream, or after `closeTimeoutMs`; until then messages may still come. On a slot
   * that is not open yet `refused` follows at once with this cause. Does nothing on a slot that is idle or closing.
   */
  close(slot: number, manner: CloseManner, cause: Cause): void;
  /** Ends an open connection we no longer trust (silent): reported at once with this cause. */
  abandon(slot: number, cause: Cause, detail: string): void;
  /**
   * Sends bytes as one message: protocol framing is added, text where they are UTF-8 and nothing else is said; `to` is
   * named where the protocol has topics (the slot's own topic when left out). Returns whether it was sent or waits to
   * be; not when the slot is not open, or when the peer's limits do not allow it now.
   */
  send(slot: number, payload: Uint8Array, isBinary?: boolean, to?: Destination): boolean;
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
