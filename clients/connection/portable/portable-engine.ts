/**
 * The portable engine: Node's sockets with the same codecs, for systems where the kernel engine cannot run. Stamps are
 * read times. All sockets share one set of listeners and, without TLS, one receive buffer. Node cannot shrink a
 * socket's receive buffer, so a slow slot keeps the system's size and is only read slowly.
 */
import type { OnReadOpts, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { nowNs } from "../../measure/clock.ts";
import { CodecEngine } from "../codec/codec-engine.ts";
import type { Protocol, Wire } from "../codec/protocol.ts";
import { connectCause } from "../connect-cause.ts";
import type { ConnectionSink, EngineOptions, Greetings } from "../engine.ts";
import { unstamped } from "../engine.ts";
import { connecting, open } from "../slot-state.ts";
import { unusableCertificate } from "../tls-reason.ts";
import { type Dialed, Dialer, sessionOf } from "./dialer.ts";
import { Doorbell } from "./doorbell.ts";
import { ReadClock } from "./read-clock.ts";
import { socketFailure } from "./socket-failure.ts";

const receiveBytes = 65536;
const leastSlowReadBytes = 1024;

/** A socket with its slot; -1 once dropped. */
type SlotSocket = Socket & { slot: number };

export class PortableEngine extends CodecEngine {
  readonly name = "portable";
  readonly clock = "read";
  readonly #clock = new ReadClock();
  readonly #bell = new Doorbell();
  readonly #dialer: Dialer;
  readonly #dialed: (Dialed | null)[];
  /** How many bytes a slow slot may still read. */
  readonly #budget: Float64Array;
  readonly #onread: OnReadOpts;
  readonly #slowOnread: OnReadOpts;
  readonly #listeners = makeListeners(this);

  constructor(
    options: EngineOptions,
    sink: ConnectionSink,
    makeProtocol: (wire: Wire) => Protocol,
    greetings: Greetings | null = null,
  ) {
    super(options, sink, makeProtocol, greetings);
    this.#dialer = new Dialer(options, greetings);
    this.#dialed = new Array<Dialed | null>(options.slots).fill(null);
    this.#budget = new Float64Array(options.slowSlots);
    const slowBytes = Math.min(receiveBytes, Math.max(leastSlowReadBytes, options.slowReceiveBufferBytes));
    this.#onread = { buffer: Buffer.alloc(receiveBytes), callback: this.#listeners.read };
    this.#slowOnread = { buffer: Buffer.alloc(slowBytes), callback: this.#listeners.read };
  }

  get offset() {
    return this.#clock.offset;
  }

  protected dial(slot: number): void {
    const dialed = this.#dialer.dial(slot, slot < this.options.slowSlots ? this.#slowOnread : this.#onread);
    if (dialed === null) return this.fail(slot, "tls-failed", unusableCertificate);
    const { socket, raw } = dialed;
    this.#dialed[slot] = dialed;
    Object.assign(socket, { slot }).on("end", this.#listeners.end).on("error", this.#listeners.error);
    if (socket !== raw) {
      Object.assign(raw, { slot }).on("error", this.#listeners.error);
      socket.on("secureConnect", this.#listeners.secured).on("data", this.#listeners.data);
    }
    raw.on("connect", this.#listeners.connect);
  }

  /** Called by the listeners. */
  tcpConnected(slot: number): void {
    if (slot < 0) return;
    this.#bell.ring();
    this.connected(slot);
    const dialed = this.#dialed[slot]!;
    if (dialed.socket === dialed.raw) this.greet(slot);
    else this.beginSecuring(slot);
  }

  /** Called by the listeners: the TLS handshake is complete. */
  handshakeDone(slot: number): void {
    if (slot < 0) return;
    this.#bell.ring();
    this.secured(slot, nowNs(), sessionOf(this.#dialed[slot]!.socket as TLSSocket));
    this.greet(slot);
  }

  /** Called by the listeners. */
  socketFailed(slot: number, error: NodeJS.ErrnoException): void {
    if (slot < 0) return;
    this.#bell.ring();
    const failure = socketFailure(error);
    if (failure.tlsReason !== "") this.tlsBroke(slot, failure.tlsReason);
    else if (this.state[slot] === connecting) this.fail(slot, connectCause(failure.name), failure.name);
    else this.ended(slot, failure.errno, failure.name);
  }

  /** Called by the listeners: the peer's FIN. */
  socketEnded(slot: number): void {
    if (slot < 0) return;
    this.#bell.ring();
    this.ended(slot, 0, "");
  }

  /** Called by the listeners with received bytes. */
  socketRead(slot: number, bytes: Buffer, length: number): void {
    if (slot < 0) return;
    this.#bell.ring();
    const readNs = nowNs();
    this.counts.reads++;
    this.counts.bytes += length;
    this.beginRead(slot, readNs, readNs, unstamped);
    this.received(slot, bytes, length);
    if (slot >= this.options.slowSlots || this.state[slot] !== open) return;
    this.#budget[slot]! -= length;
    if (this.#budget[slot]! <= 0) this.setReading(slot, false);
  }

  protected setReading(slot: number, isReading: boolean): void {
    const socket = this.#dialed[slot]!.socket;
    if (isReading) socket.resume();
    else socket.pause();
  }

  protected readFrom(slot: number, bytes: number): void {
    this.#budget[slot] = bytes;
    this.setReading(slot, true);
  }

  protected transmit(slot: number, bytes: Uint8Array): void {
    // Copied: Node keeps what the kernel does not accept at once, and the caller may reuse the buffer.
    this.#dialed[slot]!.socket.write(Buffer.from(bytes));
  }

  protected unsentBytes(slot: number): number {
    return this.#dialed[slot]!.socket.writableLength;
  }

  protected halfClose(slot: number): void {
    this.#dialed[slot]!.socket.end();
  }

  protected dropSocket(slot: number, isReset: boolean): void {
    const dialed = this.#dialed[slot];
    if (dialed == null) return;
    const { socket, raw } = dialed;
    this.#dialed[slot] = null;
    (socket as SlotSocket).slot = -1;
    (raw as SlotSocket).slot = -1;
    if (isReset && !raw.connecting) raw.resetAndDestroy();
    else socket.destroy();
    if (socket !== raw) raw.destroy();
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

/** One set of listeners for all sockets of an engine; each finds its slot through `this`. */
function makeListeners(engine: PortableEngine) {
  return {
    connect(this: Socket): void {
      engine.tcpConnected((this as SlotSocket).slot);
    },
    secured(this: Socket): void {
      engine.handshakeDone((this as SlotSocket).slot);
    },
    error(this: Socket, error: NodeJS.ErrnoException): void {
      engine.socketFailed((this as SlotSocket).slot, error);
    },
    end(this: Socket): void {
      engine.socketEnded((this as SlotSocket).slot);
    },
    /** Node calls it as a method of the socket. Slow slots are paused, so reading never has to be stopped here. */
    read(this: unknown, length: number, bytes: Uint8Array): boolean {
      engine.socketRead((this as SlotSocket).slot, bytes as Buffer, length);
      return true;
    },
    data(this: Socket, bytes: Buffer): void {
      engine.socketRead((this as SlotSocket).slot, bytes, bytes.length);
    },
  };
}
