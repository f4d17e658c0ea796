/**
 * WebSocket with permessage-deflate (RFC 7692), by the ws library: the only place that names it. The other side of the portable engine;
 * it differs in what a library can tell: `closed` follows the end of the socket instead of the close frame, and bytes are those of
 * messages after decompression.
 */
import { isUtf8 } from "node:buffer";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { nowNs } from "../../measure/clock.ts";
import { hostHeader } from "../codec/http-head.ts";
import type { ViolationRule } from "../codec/protocol.ts";
import { connectCause } from "../connect-cause.ts";
import type { ConnectionSink, EngineOptions, Greetings } from "../engine.ts";
import { unstamped } from "../engine.ts";
import { closing, connecting, open, SlotEngine, upgrading } from "../slot-engine.ts";
import { type Dialed, Dialer } from "./dialer.ts";
import { Doorbell } from "./doorbell.ts";
import { ReadClock } from "./read-clock.ts";

type SlotSocket = Socket & { slot: number };
type SlotClient = WebSocket & { slot: number };

/** No close frame came (RFC 6455, section 7.1.5), and one came without a code. */
const abnormal = 1006;
const noCode = 1005;

/** How the library names the rules. */
const rules: Record<string, ViolationRule> = {
  WS_ERR_EXPECTED_FIN: "fragmented-control",
  WS_ERR_INVALID_CLOSE_CODE: "close-code",
  WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH: "control-too-long",
  WS_ERR_INVALID_OPCODE: "bad-opcode",
  WS_ERR_INVALID_UTF8: "text-not-utf8",
  WS_ERR_UNEXPECTED_MASK: "masked-by-server",
  WS_ERR_UNEXPECTED_RSV_1: "reserved-bits",
  WS_ERR_UNEXPECTED_RSV_2_3: "reserved-bits",
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: "message-too-large",
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: "message-too-large",
};

export class DeflateEngine extends SlotEngine {
  readonly name = "portable";
  readonly clock = "read";
  isBinary = false;
  protected readonly peerEndsFirst = true;
  readonly #clock = new ReadClock();
  readonly #bell = new Doorbell();
  readonly #dialer: Dialer;
  readonly #clients: (SlotClient | null)[];
  readonly #dialed: (Dialed | null)[];
  readonly #budget: Float64Array;
  readonly #listeners = makeListeners(this);

  constructor(options: EngineOptions, sink: ConnectionSink, greetings: Greetings | null = null) {
    super(options, sink, greetings);
    this.#dialer = new Dialer(options);
    this.#clients = new Array<SlotClient | null>(options.slots).fill(null);
    this.#dialed = new Array<Dialed | null>(options.slots).fill(null);
    this.#budget = new Float64Array(options.slowSlots);
  }

  get offset() {
    return this.#clock.offset;
  }

  protected dial(slot: number): void {
    const { endpoints, subprotocols, headers, maxMessageBytes, closeTimeoutMs } = this.options;
    const endpoint = endpoints[slot % endpoints.length]!;
    const dialed = this.#dialer.dial(slot);
    this.#dialed[slot] = dialed;
    const listeners = this.#listeners;
    Object.assign(dialed.raw, { slot }).on("connect", listeners.connect).on("error", listeners.error);
    if (dialed.socket !== dialed.raw) Object.assign(dialed.socket, { slot }).on("error", listeners.error);
    const host = hostHeader(endpoint);
    // A constant of its own, because the library's types do not know closeTimeout yet.
    const options = {
      perMessageDeflate: true,
      headers: { host, ...(this.greetings?.headers(slot) ?? headers) },
      maxPayload: maxMessageBytes,
      closeTimeout: closeTimeoutMs,
      createConnection: () => dialed.socket,
    };
    const path = this.greetings?.path(slot, endpoint.path) ?? endpoint.path;
    const client = new WebSocket(`ws://${host}${path}`, this.greetings?.subprotocols?.(slot) ?? subprotocols, options);
    this.#clients[slot] = Object.assign(client, { slot });
    client.on("open", listeners.open).on("message", listeners.message).on("pong", listeners.pong).on("close", listeners.close);
    client.on("error", listeners.clientError).on("unexpected-response", listeners.rejected);
  }

  /** Called by the listeners. */
  tcpConnected(slot: number): void {
    this.#bell.ring();
    if (slot >= 0) this.connected(slot);
  }

  /** Called by the listeners: an error of the socket, which the library does not pass on. */
  socketFailed(slot: number, error: NodeJS.ErrnoException): void {
    if (slot < 0) return;
    this.#bell.ring();
    const name = error.code ?? "";
    const errno = Math.abs(error.errno ?? 0);
    if (this.state[slot] === connecting) this.fail(slot, connectCause(name), errno);
    else this.ended(slot, errno, name);
  }

  /** Called by the listeners: an error the library found. */
  clientFailed(slot: number, error: NodeJS.ErrnoException): void {
    if (slot < 0) return;
    const state = this.state[slot];
    if (state === connecting || state === upgrading) return this.socketFailed(slot, error);
    this.#begin(slot);
    this.violation(slot, rules[error.code ?? ""] ?? "bad-compression");
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

  clientMessage(slot: number, bytes: Buffer, isBinary: boolean): void {
    if (slot < 0 || this.isOver(slot)) return;
    this.isBinary = isBinary;
    this.#begin(slot);
    this.counts.reads++;
    this.counts.bytes += bytes.length;
    this.message(slot, bytes, 0, bytes.length, true);
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
    if (code === abnormal) return this.ended(slot, 0, "");
    this.peerClosed(slot, code === noCode ? 0 : code);
    // The library tells when the socket is gone.
    if (this.isSameUse(slot) && this.state[slot] === closing) this.ended(slot, 0, "");
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

  /** The library answers pings and farewells itself. */
  write(): void {}

  protected sayFarewell(slot: number): boolean {
    this.#clients[slot]!.close(1000);
    return true;
  }

  protected sendMessage(slot: number, payload: Uint8Array, isBinary: boolean): void {
    this.#clients[slot]!.send(payload, { binary: isBinary || !isUtf8(payload) });
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

/** One set of listeners for all clients of an engine; each learns its slot from `this`. */
function makeListeners(engine: DeflateEngine) {
  return {
    connect(this: Socket): void {
      engine.tcpConnected((this as SlotSocket).slot);
    },
    error(this: Socket, error: NodeJS.ErrnoException): void {
      engine.socketFailed((this as SlotSocket).slot, error);
    },
    open(this: WebSocket): void {
      engine.clientOpened((this as SlotClient).slot);
    },
    message(this: WebSocket, data: unknown, isBinary: boolean): void {
      engine.clientMessage((this as SlotClient).slot, data as Buffer, isBinary);
    },
    pong(this: WebSocket, payload: Buffer): void {
      engine.clientPong((this as SlotClient).slot, payload);
    },
    close(this: WebSocket, code: number): void {
      engine.clientClosed((this as SlotClient).slot, code);
    },
    clientError(this: WebSocket, error: Error): void {
      engine.clientFailed((this as SlotClient).slot, error);
    },
    rejected(this: WebSocket, _request: ClientRequest, response: IncomingMessage): void {
      engine.rejected((this as SlotClient).slot, response.statusCode ?? 0);
    },
  };
}
