/**
 * The interface between a shard and an engine. Connections are slots (0 to slots-1); an engine keeps typed-array
 * columns by slot. Two engines implement it: kernel/ (epoll and recvmsg, Linux) and portable/ (Node's sockets; the ws
 * library). All instants are nanoseconds of CLOCK_MONOTONIC.
 */
import type { Cause, CauseCode } from "../measure/cause.ts";
import type { ClockOffset } from "../measure/clock.ts";
import type { LastEvents } from "./codec/last-events.ts";
import type { Framing } from "./codec/lines.ts";
import type { CompileText, Destination, MqttOptions } from "./codec/mqtt/options.ts";
import type { CodecCounts } from "./codec/protocol.ts";
import type { HeaderFields } from "./header-fields.ts";
import type { TlsOptions } from "./tls-options.ts";

/**
 * Where a message's stamp came from. `shared`: the kernel stamped several messages at once, so the stamp is an upper
 * bound.
 */
export type StampKind = 0 | 1 | 2;
export const ownStamp = 0;
export const sharedStamp = 1;
export const unstamped = 2;

/**
 * How the generator closes a connection: `close-frame` sends the protocol's close message, `fin` ends the stream, `rst`
 * resets it.
 */
export type CloseManner = "close-frame" | "fin" | "rst";

/**
 * Receives the engine's events. No method may keep `bytes`, which is the engine's shared buffer. Any slot may be
 * opened, closed, abandoned or sent to from within a method; `turn` and `readSome` may not be called.
 */
export interface ConnectionSink {
  /**
   * The TLS handshake is complete; `handshakeNs` is the time from the TCP connection to its last received bytes. Called
   * before `opened`.
   */
  secured?(slot: number, handshakeNs: number, session: TlsSession): void;
  /**
   * Something the protocol's handshake agreed on: "compression", "permessage-deflate; server_no_context_takeover".
   * Called before `opened`.
   */
  agreed?(slot: number, what: string, value: string): void;
  /** The handshake is complete; `greetedNs` is when the protocol's own handshake began, `tcpNs` when omitted. */
  opened(slot: number, startedNs: number, tcpNs: number, openedNs: number, greetedNs?: number): void;
  /**
   * The connection failed to open. `code` is the HTTP status, an errno name (`EHOSTUNREACH`), or what was wrong with
   * the response or with TLS; 0 or "" when there is none. `detail` is only for the event log. May be called before
   * {@link Engine.open} returns.
   */
  refused(slot: number, cause: Cause, code: CauseCode, atNs: number, detail: string): void;
  /**
   * A whole message: bytes from `start` to `end`. `atNs` is the kernel's receive stamp, or `readNs` where there is
   * none. `isText`: the protocol distinguishes text from binary messages, and this is text. `isRepeat`: the peer
   * flagged it as a possible duplicate.
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
  /** Answer to {@link Engine.ping}. */
  pong(slot: number, roundTripNs: number): void;
  /** A message we sent was fully acknowledged, this long after it was written; `isRefused`: the peer refused it. */
  acknowledged?(slot: number, roundTripNs: number, isRefused: boolean): void;
  /**
   * An open connection ended. `code` is the close code of a close frame, or `truncated` for an `eof` without TLS
   * close_notify. `detail` is the violated rule, an error name (`ECONNRESET`), or the reason in the peer's close frame.
   */
  closed(slot: number, cause: Cause, code: CauseCode, atNs: number, detail: string): void;
}

/** What a TLS handshake agreed on; `alpn` is empty when no protocol was negotiated. */
export interface TlsSession {
  version: string;
  cipher: string;
  alpn: string;
  isResumed: boolean;
}

/** What a connection sends when it opens, where that varies by connection. Each result is valid until the next call. */
export interface Greetings {
  /** Request path and query, percent-encoded; `template` is the endpoint's own. */
  path(slot: number, template: string): string;
  headers(slot: number): HeaderFields;
  /** Null: all connections offer the subprotocols of the options. */
  subprotocols: ((slot: number) => string[]) | null;
  /** Sent once after opening; null: nothing is sent. */
  firstMessage(slot: number): Uint8Array | null;
  /** MQTT: the topic filters of a slot; absent: all slots subscribe to those of the options. */
  topics?: ((slot: number) => string[]) | null;
  /** What event stream clients remember of their last events, to send when they reconnect. */
  readonly lastEvents?: LastEvents | null;
  /** Any other template of the options. */
  readonly compile: CompileText;
}

/** A resolved proxy. `authorization` is the value of its header. */
export interface ForwardProxy {
  host: string;
  address: string;
  family: 4 | 6;
  port: number;
  authorization?: string;
}

/** A place to dial, with its host name resolved. */
export interface Endpoint {
  host: string;
  address: string;
  family: 4 | 6;
  port: number;
  path: string;
  tls: boolean;
  /**
   * Dialled in place of the target, and asked for a tunnel to `host` and `port`; `address` is empty when the proxy
   * resolves the name.
   */
  proxy?: ForwardProxy;
  /** Path of the unix socket to connect to; `host` is then used only in headers. */
  socketPath?: string;
  /** MQTT only: its packets are carried in WebSocket messages. */
  carrier?: "websocket";
}

export type ProtocolName = "websocket" | "sse" | "tcp" | "http" | "mqtt";

export interface EngineOptions {
  protocol: ProtocolName;
  slots: number;
  /** Slot s dials endpoint s modulo the number of endpoints. */
  endpoints: Endpoint[];
  /** Local addresses to spread connections over; empty: chosen by the system. */
  sources: string[];
  /**
   * A local network interface whose addresses of the destination's family are used as sources, instead of {@link
   * sources}.
   */
  interface?: string;
  headers: HeaderFields;
  subprotocols: string[];
  /** Sent once after opening (for example a subscribe message). */
  firstMessage: string | null;
  connectTimeoutMs: number;
  upgradeTimeoutMs: number;
  closeTimeoutMs: number;
  maxMessageBytes: number;
  /**
   * Slots below this number read slowly: nothing is read except by {@link Engine.readSome}, through a small receive
   * buffer.
   */
  slowSlots: number;
  slowReceiveBufferBytes: number;
  /** Omitted fields are as in `defaultTls`. */
  tls: Partial<TlsOptions>;
  compression: boolean;
  /** Message framing for protocol `tcp`; default: a length prefix. */
  framing?: Framing;
  /** Absolute path of a user-defined protocol, which runs over the byte stream of `tcp`. */
  protocolModule?: string;
  /** Required for protocol `mqtt`. */
  mqtt?: MqttOptions;
}

/** What the kernel reports about a socket at one instant. Values the host cannot provide are -1. */
export interface SocketEvidence {
  atNs: number;
  /** TCP_INFO: unacknowledged segments, retransmitted segments, retransmission back-offs. */
  unacked: number;
  retransmits: number;
  backoff: number;
  bytesAcked: number;
  bytesReceived: number;
  /** Bytes received but not read by us (SIOCINQ), and sent but not acknowledged by the peer (SIOCOUTQ). */
  unreadBytes: number;
  unsentBytes: number;
  minRttUs: number;
}

export interface EngineCounts {
  reads: number;
  /** Reads that should have carried a kernel stamp but did not; 0 with clock `read`. */
  unstampedReads: number;
  /** Messages that were not the last of their read, so that their stamp is an upper bound. */
  sharedStamps: number;
  bytes: number;
  clockJumps: number;
  /** The codec's additional counters; cumulative like the others. */
  codec?: CodecCounts;
}

/** Requests that are sent repeatedly are pinned once and then sent without framing or copying. */
export interface PinnedSender {
  /** Registers bytes that never change; returns the handle for sending ranges of them. */
  pin(bytes: Uint8Array): number;
  /** Sends pinned bytes from `start` to `end` on an open slot, unmodified. */
  sendPinned(slot: number, handle: number, start: number, end: number): void;
}

export interface Engine {
  readonly offset: ClockOffset;
  readonly name: "kernel" | "portable";
  readonly clock: "kernel" | "read";
  readonly counts: EngineCounts;
  /** Starts connecting a slot that is not in use. */
  open(slot: number): void;
  /**
   * Closes a connection; the sink's `closed` follows with this cause: at once for `rst`, otherwise when the peer has
   * answered the close or ended its stream, or after `closeTimeoutMs`; until then messages may still arrive. On a slot
   * that is not open yet, `refused` follows at once with this cause. Does nothing on a slot that is idle or closing.
   */
  close(slot: number, manner: CloseManner, cause: Cause): void;
  /** Drops an open connection that is considered dead (silent); reported at once with this cause. */
  abandon(slot: number, cause: Cause, detail: string): void;
  /**
   * Sends bytes as one message with the protocol's framing, as text if they are UTF-8 unless `isBinary` says otherwise;
   * `to` is the topic where the protocol has topics (default: the slot's own). Returns whether it was sent or queued;
   * false when the slot is not open or the peer's limits do not allow it now.
   */
  send(slot: number, payload: Uint8Array, isBinary?: boolean, to?: Destination): boolean;
  /** Sends a ping that carries its own send time. */
  ping(slot: number): void;
  /** Reads at most about `bytes` from a slow slot; the end of its stream is only detected here. */
  readSome(slot: number, bytes: number): void;
  /** Null on a slot without a socket, and always with the portable engine, since Node does not expose socket state. */
  evidence(slot: number): SocketEvidence | null;
  /** Waits at most `waitMs` for sockets and handles those that are ready. */
  turn(waitMs: number): void | Promise<void>;
  /** Ends connects, handshakes and closes past their deadline; call a few times a second. */
  expire(): void;
  /** Re-reads the offset between the stamps' clock and CLOCK_MONOTONIC; call once a second. */
  syncClock(): void;
  dispose(): void;
}
