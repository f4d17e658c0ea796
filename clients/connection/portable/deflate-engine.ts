/**
 * WebSocket with permessage-deflate (RFC 7692) using the ws library, which only this folder imports. Part of the
 * portable engine, with a library's limits: byte counts are those of decompressed messages. Decompression is decoupled
 * from the socket, so the end of an open connection is taken from the library: a close frame may still be in the queue.
 */
import { isUtf8 } from "node:buffer";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { WebSocket } from "ws";
import { nowNs } from "../../measure/clock.ts";
import { hostHeader, mostHeadBytes } from "../codec/http-head.ts";
import { connectCause } from "../connect-cause.ts";
import type { ConnectionSink, EngineOptions, Greetings } from "../engine.ts";
import { unstamped } from "../engine.ts";
import { SlotEngine } from "../slot-engine.ts";
import { closing, connecting, open, securing, upgrading } from "../slot-state.ts";
import { unusableCertificate } from "../tls-reason.ts";
import { DeflateClient } from "./deflate-client.ts";
import { answerFault, violatedRule } from "./deflate-fault.ts";
import { type Dialed, Dialer, sessionOf } from "./dialer.ts";
import { Doorbell } from "./doorbell.ts";
import { headerBytes } from "./header-bytes.ts";
import { ReadClock } from "./read-clock.ts";
import { type SocketFailure, socketFailure } from "./socket-failure.ts";

type SlotSocket = Socket & { slot: number };

/** No close frame was received (RFC 6455, section 7.1.5); one was received without a code. */
const abnormal = 1006;
const noCode = 1005;

export class DeflateEngine extends SlotEngine {
  readonly name = "portable";
  readonly clock = "read";
  protected readonly peerEndsFirst = true;
  readonly #clock = new ReadClock();
  readonly #bell = new Doorbell();
  readonly #dialer: Dialer;
  readonly #clients: (DeflateClient | null)[];
  readonly #dialed: (Dialed | null)[];
  /** Errors of sockets whose end the library has not reported yet. */
  readonly #failures = new Map<number, SocketFailure>();
  readonly #headers: Record<string, string[]>;
  readonly #budget: Float64Array;
  readonly #listeners = makeListeners(this);

  constructor(options: EngineOptions, sink: ConnectionSink, greetings: Greetings | null = null) {
    super(options, sink, greetings);
    this.#dialer = new Dialer(options, greetings);
    this.#clients = new Array<DeflateClient | null>(options.slots).fill(null);
    this.#dialed = new Array<Dialed | null>(options.slots).fill(null);
    this.#budget = new Float64Array(options.slowSlots);
    this.#headers = headerBytes(options.headers);
  }

  get offset() {
    return this.#clock.offset;
  }

  protected dial(slot: number): void {
    const { endpoints, subprotocols, maxMessageBytes, closeTimeoutMs } = this.options;
    const endpoint = endpoints[slot % endpoints.length]!;
    const dialed = this.#dialer.dial(slot);
    if (dialed === null) return this.fail(slot, "tls-failed", unusableCertificate);
    this.#dialed[slot] = dialed;
    const listeners = this.#listeners;
    Object.assign(dialed.raw, { slot }).on("connect", listeners.connect).on("error", listeners.error);
    if (dialed.socket !== dialed.raw)
      Object.assign(dialed.socket, { slot }).on("error", listeners.error).on("secureConnect", listeners.secured);
    const host = hostHeader(endpoint);
    // A separate constant, because the library's types do not include closeTimeout yet.
    const options = {
      perMessageDeflate: true,
      headers: {
        host,
        ...(this.greetings === null ? this.#headers : headerBytes(this.greetings.headers(slot))),
      } as Record<string, string>, // Its types lack lists.
      maxHeaderSize: mostHeadBytes,
      maxPayload: maxMessageBytes,
      closeTimeout: closeTimeoutMs,
      createConnection: () => dialed.socket,
    };
    const path = this.greetings?.path(slot, endpoint.path) ?? endpoint.path;
    const client = new DeflateClient(
      `ws://${host}${path}`,
      this.greetings?.subprotocols?.(slot) ?? subprotocols,
      options,
    );
    client.slot = slot;
    client.onFarewell = listeners.farewell;
    this.#clients[slot] = client;
    client
      .on("open", listeners.open)
      .on("message", listeners.message)
      .on("pong", listeners.pong)
      .on("close", listeners.close);
    client.on("error", listeners.clientError).on("unexpected-response", listeners.rejected);
  }

  /** Called by the listeners. */
  tcpConnected(slot: number): void {
    this.#bell.ring();
    if (slot < 0) return;
    this.connected(slot);
    const { socket, raw } = this.#dialed[slot]!;
    if (socket !== raw) this.beginSecuring(slot);
  }

  /** Called by the listeners: the TLS handshake is complete and the library sends its request. */
  handshakeDone(slot: number): void {
    this.#bell.ring();
    if (slot >= 0) this.secured(slot, nowNs(), sessionOf(this.#dialed[slot]!.socket as TLSSocket));
  }

  /** Called by the listeners: a socket error, which may be the library's about the response to the upgrade. */
  socketFailed(slot: number, error: NodeJS.ErrnoException): void {
    if (slot < 0) return;
    this.#begin(slot);
    const fault = this.state[slot] === upgrading ? answerFault(error) : null;
    if (fault !== null) return this.refused(slot, "upgrade-invalid", fault);
    const failure = socketFailure(error);
    if (failure.tlsReason !== "") this.tlsBroke(slot, failure.tlsReason);
    else if (this.state[slot] === connecting) this.fail(slot, connectCause(failure.name), failure.name);
    else if (this.state[slot] === upgrading || this.state[slot] === securing)
      this.ended(slot, failure.errno, failure.name);
    else this.#failures.set(slot, failure);
  }

  /** Called by the listeners: an error detected by the library. */
  clientFailed(slot: number, error: NodeJS.ErrnoException): void {
    if (slot < 0) return;
    const state = this.state[slot];
    if (state === connecting || state === securing || state === upgrading) return this.socketFailed(slot, error);
    this.#begin(slot);
    this.violation(slot, violatedRule(error));
  }

  protected override endedEarly(slot: number, errorName: string): void {
    const { socket, raw } = this.#dialed[slot]!;
    // With TLS, bytes read from the raw socket may belong to its handshake.
    if (socket === raw && raw.bytesRead > 0) this.fail(slot, "upgrade-invalid", "cut-short");
    else super.endedEarly(slot, errorName);
  }

  rejected(slot: number, status: number): void {
    if (slot < 0) return;
    this.#begin(slot);
    this.refused(slot, "upgrade-rejected", status);
  }

  clientOpened(slot: number): void {
    if (slot < 0) return;
    this.#begin(slot);
    this.opened(slot);
  }

  clientMessage(slot: number, bytes: Buffer, isText: boolean): void {
    if (slot < 0 || this.isOver(slot)) return;
    this.#begin(slot);
    this.counts.reads++;
    this.counts.bytes += bytes.length;
    this.message(slot, bytes, 0, bytes.length, true, isText);
    if (slot >= this.options.slowSlots || this.state[slot] !== open) return;
    this.#budget[slot]! -= bytes.length;
    if (this.#budget[slot]! <= 0) this.setReading(slot, false);
  }

  clientPong(slot: number, payload: Buffer): void {
    if (slot < 0 || payload.length !== 8) return;
    this.#begin(slot);
    this.pong(slot, payload.readDoubleBE(0));
  }

  clientClosed(slot: number, code: number): void {
    if (slot < 0) return;
    this.#begin(slot);
    const failure = this.#failures.get(slot);
    if (code === abnormal) return this.ended(slot, failure?.errno ?? 0, failure?.name ?? "");
    if (!this.isOver(slot)) this.peerClosed(slot, code === noCode ? 0 : code);
    // Otherwise the library reports the end once the socket is closed.
    if (this.isSameUse(slot) && this.state[slot] === closing) this.ended(slot, 0, "");
  }

  /** Called by the listeners: the peer's close frame arrived. */
  farewellCame(slot: number, code: number): void {
    if (this.isOver(slot)) return;
    this.#begin(slot);
    this.peerClosed(slot, code);
  }

  #begin(slot: number): void {
    this.#bell.ring();
    const readNs = nowNs();
    this.beginRead(slot, readNs, readNs, unstamped);
  }

  protected setReading(slot: number, isReading: boolean): void {
    if (isReading) this.#clients[slot]?.resume();
    else this.#clients[slot]?.pause();
  }

  protected readFrom(slot: number, bytes: number): void {
    this.#budget[slot] = bytes;
    this.setReading(slot, true);
  }

  /** The library answers pings and close frames itself. */
  write(): void {}

  protected sayFarewell(slot: number): boolean {
    this.#clients[slot]!.sayFarewell(1000);
    return true;
  }

  wake(): boolean {
    return false;
  }

  protected sendMessage(slot: number, payload: Uint8Array, isBinary: boolean): boolean {
    this.#clients[slot]!.send(payload, { binary: isBinary || !isUtf8(payload) });
    return true;
  }

  protected sendPing(slot: number, sentNs: number): void {
    const payload = Buffer.alloc(8);
    payload.writeDoubleBE(sentNs, 0);
    this.#clients[slot]!.ping(payload);
  }

  protected halfClose(slot: number): void {
    this.#dialed[slot]!.socket.end();
  }

  protected drop(slot: number, isReset: boolean): void {
    const client = this.#clients[slot];
    const dialed = this.#dialed[slot];
    this.#clients[slot] = null;
    this.#dialed[slot] = null;
    this.#failures.delete(slot);
    if (client == null || dialed == null) return;
    client.slot = -1;
    (dialed.raw as SlotSocket).slot = -1;
    (dialed.socket as SlotSocket).slot = -1;
    if (isReset && !dialed.raw.connecting) dialed.raw.resetAndDestroy();
    client.terminate();
    dialed.socket.destroy();
    dialed.raw.destroy();
  }

  evidence(): null {
    return null;
  }

  turn(waitMs: number): Promise<void> {
    return this.#bell.wait(waitMs);
  }

  syncClock(): void {
    if (this.#clock.sync()) this.counts.clockJumps++;
  }
}

/** One set of listeners for all clients of an engine; each finds its slot through `this`. */
function makeListeners(engine: DeflateEngine) {
  return {
    connect(this: Socket): void {
      engine.tcpConnected((this as SlotSocket).slot);
    },
    error(this: Socket, error: NodeJS.ErrnoException): void {
      engine.socketFailed((this as SlotSocket).slot, error);
    },
    secured(this: Socket): void {
      engine.handshakeDone((this as SlotSocket).slot);
    },
    open(this: WebSocket): void {
      engine.clientOpened((this as DeflateClient).slot);
    },
    message(this: WebSocket, data: unknown, isBinary: boolean): void {
      engine.clientMessage((this as DeflateClient).slot, data as Buffer, !isBinary);
    },
    pong(this: WebSocket, payload: Buffer): void {
      engine.clientPong((this as DeflateClient).slot, payload);
    },
    close(this: WebSocket, code: number): void {
      engine.clientClosed((this as DeflateClient).slot, code);
    },
    farewell(slot: number, code: number): void {
      engine.farewellCame(slot, code);
    },
    clientError(this: WebSocket, error: Error): void {
      engine.clientFailed((this as DeflateClient).slot, error);
    },
    rejected(this: WebSocket, _request: ClientRequest, response: IncomingMessage): void {
      engine.rejected((this as DeflateClient).slot, response.statusCode ?? 0);
    },
  };
}
