/**
 * How the kernel engine establishes connections: a socket, its connect, and the tunnel of a proxy where there is one.
 */
import type { Cause, CauseCode } from "../../measure/cause.ts";
import { CodecEngine } from "../codec/codec-engine.ts";
import type { Protocol, Wire } from "../codec/protocol.ts";
import { connectCause, errnoName } from "../connect-cause.ts";
import type { ConnectionSink, EngineOptions, Greetings } from "../engine.ts";
import { throughProxy } from "../proxy.ts";
import { connecting } from "../slot-state.ts";
import * as libc from "./libc.ts";
import { NativeMemory } from "./native-memory.ts";
import { Readiness } from "./readiness.ts";
import { Routes } from "./routes.ts";
import { socketError } from "./sockets.ts";
import { Tunnels } from "./tunnels.ts";

/** Size of the shared read buffer, bytes. */
export const receiveBytes = 65536;
/**
 * Reading is edge-triggered: with level triggering the kernel would check each socket again after every read, a sixth
 * of a push's cost. Writing is level-triggered, because queued bytes are sent in parts.
 */
export const readEdges = libc.EPOLLIN | libc.EPOLLRDHUP | libc.EPOLLET;
/** Longest wait for sockets while some connects are queued, milliseconds. */
const queueMs = 1;

export abstract class DiallingEngine extends CodecEngine {
  protected readonly memory = new NativeMemory(receiveBytes);
  protected readonly fd: Int32Array;
  /** Between sockets and TLS, for endpoints behind a proxy. */
  protected readonly tunnels: Tunnels | null;
  protected readonly readiness = new Readiness(this.memory);
  readonly #routes: Routes;
  /**
   * Slots whose unix socket's server had a full accept queue, with their use number: they retry at each turn until
   * their deadline.
   */
  readonly #queueing = new Map<number, number>();

  constructor(
    options: EngineOptions,
    sink: ConnectionSink,
    makeProtocol: (wire: Wire) => Protocol,
    greetings: Greetings | null,
  ) {
    super(options, sink, makeProtocol, greetings);
    this.#routes = new Routes(this.memory, options);
    this.fd = new Int32Array(options.slots).fill(-1);
    this.tunnels = options.endpoints.some(({ proxy }) => proxy !== undefined) ? new Tunnels(options) : null;
  }

  /** Sends raw bytes, now or when the peer accepts them. */
  protected abstract carry(slot: number, bytes: Uint8Array): void;
  /** The path to the target is established: starts TLS where the endpoint uses it, otherwise the protocol. */
  protected abstract begin(slot: number): void;

  protected dial(slot: number): void {
    const fd = this.#routes.open(slot);
    if (fd < 0) return this.#failed(slot, -fd);
    this.fd[slot] = fd;
    this.#connect(slot);
  }

  #connect(slot: number): void {
    const error = this.#routes.connect(slot, this.fd[slot]!);
    if (error === libc.EISCONN) return this.#established(slot);
    if (error === libc.EAGAIN) return void this.#queueing.set(slot, this.use[slot]!);
    if (error !== libc.EALREADY) return this.#failed(slot, error);
    if (this.watch(libc.EPOLL_CTL_ADD, slot, libc.EPOLLOUT) < 0) this.#failed(slot, libc.errno());
  }

  /** Already connected: only the answer to our first bytes is awaited. */
  #established(slot: number): void {
    if (this.watch(libc.EPOLL_CTL_ADD, slot, readEdges) < 0) return this.#failed(slot, libc.errno());
    this.#stands(slot);
  }

  /** Connected to the first hop: asks the proxy for a tunnel, if there is one. */
  #stands(slot: number): void {
    const request = this.tunnels?.ask(slot) ?? null;
    if (request === null) this.begin(slot);
    else this.carry(slot, request);
  }

  /** Whether a slot's connect is still pending; false while a proxy's answer is read. */
  protected isConnecting(slot: number): boolean {
    return this.state[slot] === connecting && this.tunnels?.isAsked(slot) !== true;
  }

  /** Handles an event of a connecting slot. */
  protected connectEnded(slot: number, flags: number): void {
    if ((flags & (libc.EPOLLERR | libc.EPOLLHUP)) !== 0) {
      const error = socketError(this.memory, this.fd[slot]!);
      if (error !== 0) return this.#failed(slot, error);
    }
    this.setReading(slot, true);
    this.#stands(slot);
  }

  /**
   * Handles a proxy's answer. Returns how many bytes from the target follow it; 0 while the tunnel is not established,
   * or when it failed.
   */
  protected takeAnswer(tunnels: Tunnels, slot: number, length: number): number {
    const use = this.use[slot];
    const behind = tunnels.take(slot, this.memory.received, length);
    if (behind >= 0) this.begin(slot);
    else if (tunnels.problem !== "") this.fail(slot, "proxy-refused", tunnels.problem);
    return this.use[slot] === use ? behind : 0;
  }

  protected override fail(slot: number, given: Cause, said: CauseCode, isReset = false, detail = ""): void {
    const isOnTheWay = this.state[slot] === connecting && this.tunnels?.has(slot) === true;
    const { cause, code } = isOnTheWay
      ? throughProxy(given, said, this.tunnels?.isAsked(slot) === true)
      : { cause: given, code: said };
    super.fail(slot, cause, code, isReset, detail);
  }

  #failed(slot: number, errno: number): void {
    const name = errnoName(errno);
    this.fail(slot, connectCause(name), name);
  }

  protected watch(operation: number, slot: number, events: number): number {
    return this.readiness.watch(operation, this.fd[slot]!, slot, this.use[slot]!, events);
  }

  /**
   * Waits at most this long for at most `most` events and returns their number. Queued connects are retried once before.
   */
  protected awaitEvents(waitMs: number, most: number): number {
    if (this.#queueing.size === 0) return this.readiness.wait(waitMs, most);
    const waiting = [...this.#queueing];
    this.#queueing.clear();
    for (const [slot, use] of waiting) if (this.use[slot] === use) this.#connect(slot);
    return this.readiness.wait(this.#queueing.size > 0 ? Math.min(waitMs, queueMs) : waitMs, most);
  }
}
