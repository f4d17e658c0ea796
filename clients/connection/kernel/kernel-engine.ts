/**
 * The kernel engine: one epoll, one receive buffer, one message header, and columns by slot. Reading a push allocates
 * nothing.
 */
import { nowNs } from "../../measure/clock.ts";
import type { Protocol, Wire } from "../codec/protocol.ts";
import { errnoName } from "../connect-cause.ts";
import type { ConnectionSink, EngineOptions, Greetings, SocketEvidence } from "../engine.ts";
import { ownStamp, type StampKind, sharedStamp, unstamped } from "../engine.ts";
import { closing, open, securing, upgrading } from "../slot-state.ts";
import { DiallingEngine, readEdges, receiveBytes } from "./dialling-engine.ts";
import * as libc from "./libc.ts";
import { mostEvents } from "./native-memory.ts";
import { Outbox } from "./outbox.ts";
import { armReset, socketEvidence } from "./sockets.ts";
import { StampClock } from "./stamps.ts";
import { TlsTransport } from "./tls-transport.ts";

/**
 * How long to wait for the rest of a burst, milliseconds; and the requested wait up to which something else is due too
 * soon for that.
 */
const gatherMs = 1;
const shortWaitMs = 5;

/**
 * Most events of a turn while TLS connections are being opened. A handshake takes half a millisecond of CPU or more: a
 * thousand of them in one turn would delay pushes and liveness reports by a second.
 */
const mostHandshakes = 32;
/** Most events of a turn when something is due within {@link shortWaitMs}: a burst of pushes would make it late. */
const mostBeforeDue = 64;
/** Most full buffers read from one socket before the others are served. */
const mostReads = 16;
const endFlags = libc.EPOLLRDHUP | libc.EPOLLERR | libc.EPOLLHUP;

export class KernelEngine extends DiallingEngine {
  readonly name = "kernel";
  readonly clock: "kernel" | "read";
  readonly #stamps = new StampClock(this.memory);
  readonly #outbox = new Outbox(this.memory);
  /** Addresses of pinned bytes, by handle. */
  readonly #pinned: number[] = [];
  /**
   * Whether to pause briefly after a few events, so that the rest of a burst is read in one go: waking up for each push
   * costs more than reading it. Stamps come from the kernel, so no figure of the target changes. Not in a closed loop,
   * whose next request would wait.
   */
  readonly #gathers: boolean;
  /** Between sockets and protocol, for endpoints that use TLS; null: the bytes are the protocol's own. */
  readonly #tls: TlsTransport | null;

  constructor(
    options: EngineOptions,
    sink: ConnectionSink,
    makeProtocol: (wire: Wire) => Protocol,
    greetings: Greetings | null = null,
  ) {
    super(options, sink, makeProtocol, greetings);
    // The kernel stamps data from the network, including loopback, but not from unix sockets.
    this.clock = options.endpoints.some(({ socketPath }) => socketPath !== undefined) ? "read" : "kernel";
    this.#gathers = options.protocol !== "http";
    const isSecure = options.endpoints.some(({ tls }) => tls);
    const carry = (slot: number, bytes: Uint8Array): void => this.carry(slot, bytes);
    this.#tls = isSecure ? new TlsTransport(options, greetings, this.memory, carry) : null;
  }

  get offset() {
    return this.#stamps.offset;
  }

  protected begin(slot: number): void {
    this.connected(slot);
    if (this.#tls?.begin(slot) !== true) this.greet(slot);
    else if (this.#tls.failure !== "") this.tlsBroke(slot, this.#tls.failure);
    else this.beginSecuring(slot);
  }

  turn(waitMs: number): void {
    const isDueSoon = waitMs <= shortWaitMs;
    const most = this.#mostEvents(isDueSoon);
    const ready = this.awaitEvents(waitMs, most);
    this.#tls?.beginTurn();
    for (let i = 0; i < ready; i++) {
      const slot = this.memory.eventSlot(i);
      const use = this.memory.eventUse(i);
      if (this.use[slot] !== use) continue;
      const flags = this.memory.eventFlags(i);
      if (this.isConnecting(slot)) {
        this.connectEnded(slot, flags);
        continue;
      }
      if ((flags & libc.EPOLLOUT) !== 0 && this.#outbox.flush(slot, this.fd[slot]!))
        this.setReading(slot, this.#isReading(slot));
      if ((flags & (libc.EPOLLIN | endFlags)) !== 0) this.#readAll(slot, use, (flags & endFlags) !== 0);
    }
    if (this.#gathers && !isDueSoon && ready > 0 && ready < most / 2) libc.poll(0, 0, gatherMs);
  }

  /** How many events a turn may take. */
  #mostEvents(isDueSoon: boolean): number {
    if (this.#tls !== null && this.inTransit > 0) return mostHandshakes;
    return isDueSoon ? mostBeforeDue : mostEvents;
  }

  protected setReading(slot: number, isReading: boolean): void {
    const isSending = this.#outbox.has(slot);
    if (isReading && !isSending) this.watch(libc.EPOLL_CTL_MOD, slot, readEdges);
    else this.watch(libc.EPOLL_CTL_MOD, slot, (isReading ? libc.EPOLLIN : 0) | (isSending ? libc.EPOLLOUT : 0));
  }

  /** Whether a slot's bytes are read as they arrive. */
  #isReading(slot: number): boolean {
    const state = this.state[slot]!;
    return slot >= this.options.slowSlots || state === securing || state === upgrading || state === closing;
  }

  protected unsentBytes(slot: number): number {
    return this.#outbox.bytes(slot);
  }

  protected transmit(slot: number, bytes: Uint8Array): void {
    if (this.#tls?.has(slot) !== true) this.carry(slot, bytes);
    else this.#tls.seal(slot, this.memory.stage(bytes), bytes.length);
  }

  /** Sends raw bytes, now or when the peer accepts them. */
  protected carry(slot: number, bytes: Uint8Array): void {
    if (this.#outbox.send(slot, this.fd[slot]!, bytes)) this.setReading(slot, this.#isReading(slot));
  }

  override pin(bytes: Uint8Array): number {
    const handle = super.pin(bytes);
    this.#pinned[handle] = this.memory.pin(bytes).address;
    return handle;
  }

  override sendPinned(slot: number, handle: number, start: number, end: number): void {
    if (this.state[slot] !== open) return;
    if (this.#tls?.has(slot) === true) return this.#tls.seal(slot, this.#pinned[handle]! + start, end - start);
    if (this.#outbox.has(slot)) return super.sendPinned(slot, handle, start, end);
    const sent = libc.send(this.fd[slot]!, this.#pinned[handle]! + start, end - start, libc.MSG_NOSIGNAL);
    if (sent < end - start && this.#outbox.wait(slot, this.pinned(handle).subarray(start, end), sent))
      this.setReading(slot, this.#isReading(slot));
  }

  /**
   * Reads after an edge: again after a full buffer, and to the end of a stream that has ended. Later data triggers a
   * new edge.
   */
  #readAll(slot: number, use: number, hasEnded: boolean): void {
    let length = this.#read(slot);
    for (let reads = 1; (length === receiveBytes || (hasEnded && length > 0)) && this.use[slot] === use; reads++) {
      if (reads === mostReads) return this.setReading(slot, this.#isReading(slot)); // Requests an edge for the rest.
      length = this.#read(slot);
    }
  }

  /** One recvmsg. Returns its length; 0 or less when nothing was received. */
  #read(slot: number): number {
    const memory = this.memory;
    const counts = this.counts;
    memory.resetControl();
    const length = libc.recvmsg(this.fd[slot]!, memory.messageAddress, 0);
    if (length <= 0) {
      const errno = length === 0 ? 0 : libc.errno();
      if (errno !== libc.EAGAIN && this.tunnels?.isAsked(slot) === true)
        this.fail(slot, "proxy-refused", errno === 0 ? "closed-early" : errnoName(errno));
      else if (errno !== libc.EAGAIN) this.ended(slot, errno, errno === 0 ? this.#endName(slot) : errnoName(errno));
      return length;
    }
    const readNs = nowNs();
    counts.reads++;
    counts.bytes += length;
    let stampNs = this.#stamps.stampNs();
    let stamp: StampKind = ownStamp;
    if (stampNs === 0) {
      if (this.clock === "kernel") counts.unstampedReads++;
      stampNs = readNs;
      stamp = unstamped;
    }
    const bytes = this.tunnels?.isAsked(slot) === true ? this.takeAnswer(this.tunnels, slot, length) : length;
    if (bytes <= 0) return length;
    if (this.#tls?.has(slot) === true) this.#decrypt(this.#tls, slot, bytes, readNs, stampNs, stamp);
    else {
      this.beginRead(slot, readNs, stampNs, stamp);
      this.received(slot, memory.received, bytes);
    }
    return length;
  }

  /** On an open TLS stream, a FIN without close_notify is a truncation. */
  #endName(slot: number): string {
    const wasOpen = this.state[slot] === open || this.state[slot] === closing;
    return wasOpen && this.#tls?.has(slot) === true ? "truncated" : "";
  }

  /**
   * Decrypts all records of a read before passing their data to the protocol in one piece, so that messages share a
   * stamp just as without TLS.
   */
  #decrypt(tls: TlsTransport, slot: number, length: number, readNs: number, stampNs: number, stamp: StampKind): void {
    const use = this.use[slot];
    const bytes = tls.take(slot, length);
    const { isCut, isEnded, failure } = tls;
    if (tls.completed) {
      this.secured(slot, stampNs, tls.session(slot));
      this.greet(slot);
    }
    if (bytes > 0 && this.use[slot] === use) {
      this.beginRead(slot, readNs, stampNs, isCut && stamp === ownStamp ? sharedStamp : stamp);
      this.received(slot, tls.plain, bytes);
    }
    if (this.use[slot] !== use) return;
    if (failure !== "") this.tlsBroke(slot, failure);
    else if (isEnded) this.ended(slot, 0, "");
  }

  protected dropSocket(slot: number, isReset: boolean): void {
    const fd = this.fd[slot]!;
    // A close_notify behind unsent bytes would never be read.
    if (!isReset && !this.#outbox.has(slot)) this.#tls?.sayFarewell(slot);
    this.#tls?.drop(slot);
    this.tunnels?.drop(slot);
    this.fd[slot] = -1;
    this.#outbox.delete(slot);
    if (fd < 0) return;
    if (isReset) armReset(this.memory, fd);
    libc.close(fd);
  }

  protected halfClose(slot: number): void {
    this.#tls?.sayFarewell(slot);
    libc.shutdown(this.fd[slot]!, libc.SHUT_WR);
  }

  protected readFrom(slot: number, bytes: number): void {
    this.#tls?.beginTurn();
    this.memory.limitRead(bytes);
    this.#read(slot);
    this.memory.limitRead(receiveBytes);
  }

  evidence(slot: number): SocketEvidence | null {
    const fd = this.fd[slot]!;
    return fd < 0 ? null : socketEvidence(this.memory, fd, nowNs());
  }

  syncClock(): void {
    if (this.#stamps.sync()) this.counts.clockJumps++;
  }

  override dispose(): void {
    super.dispose();
    if (!this.readiness.dispose()) return;
    this.#tls?.dispose();
    this.#stamps.dispose();
  }
}
