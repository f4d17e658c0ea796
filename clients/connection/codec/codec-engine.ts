/** An engine whose connections are byte streams parsed by a {@link Protocol}; subclasses add the sockets. */
import { nowNs } from "../../measure/clock.ts";
import type { ConnectionSink, EngineOptions, Greetings, PinnedSender } from "../engine.ts";
import { unstamped } from "../engine.ts";
import { SlotEngine } from "../slot-engine.ts";
import { closing, open, upgrading } from "../slot-state.ts";
import { Leftovers } from "./leftovers.ts";
import type { Destination } from "./mqtt/options.ts";
import type { Protocol, Wire } from "./protocol.ts";

/**
 * Pings of a peer that does not read our answers are no longer answered beyond this many unsent bytes (RFC 6455,
 * section 5.5.3).
 */
const mostUnsentBytes = 65536;

export abstract class CodecEngine extends SlotEngine implements PinnedSender {
  readonly #protocol: Protocol;
  readonly #pinned: Uint8Array[] = [];
  readonly #leftovers = new Leftovers();
  /**
   * One close message for all connections: its mask protects intermediary caches, so it need not differ between our own
   * connections.
   */
  readonly #farewell: Uint8Array | null;

  constructor(
    options: EngineOptions,
    sink: ConnectionSink,
    makeProtocol: (wire: Wire) => Protocol,
    greetings: Greetings | null = null,
  ) {
    super(options, sink, greetings);
    this.#protocol = makeProtocol(this);
    this.#farewell = this.#protocol.farewell();
    if (this.#protocol.counts !== undefined) this.counts.codec = this.#protocol.counts;
  }

  /**
   * Sends bytes, now or when the peer accepts them; the caller may reuse the buffer. Errors are reported by the next
   * read.
   */
  protected abstract transmit(slot: number, bytes: Uint8Array): void;
  /** Bytes waiting to be sent, beyond what the kernel has buffered. */
  protected abstract unsentBytes(slot: number): number;
  protected abstract dropSocket(slot: number, isReset: boolean): void;

  protected get peerEndsFirst(): boolean {
    return this.#protocol.peerEndsFirst;
  }

  /** The byte stream is established in both directions: starts the protocol. */
  protected greet(slot: number): void {
    this.#protocol.reset(slot);
    if (this.#protocol.opensAtOnce !== true) return this.transmit(slot, this.#protocol.greeting(slot));
    const atNs = nowNs();
    this.beginRead(slot, atNs, atNs, unstamped);
    this.opened(slot);
  }

  protected override ended(slot: number, errno: number, errorName: string): void {
    // A stream closed without TLS close_notify is truncated, whatever was received (RFC 9112, section 9.8).
    if (errno === 0 && errorName === "" && this.#protocol.finish !== undefined && this.state[slot] === open) {
      const atNs = nowNs();
      this.beginRead(slot, atNs, atNs, unstamped);
      this.#protocol.finish(slot);
      if (!this.isSameUse(slot)) return;
    }
    super.ended(slot, errno, errorName);
  }

  /** Bytes of an incomplete response count as an invalid upgrade, not as a connection closed without a response. */
  protected override endedEarly(slot: number, errorName: string): void {
    if (this.#leftovers.has(slot)) this.fail(slot, "upgrade-invalid", "cut-short");
    else super.endedEarly(slot, errorName);
  }

  pin(bytes: Uint8Array): number {
    return this.#pinned.push(bytes) - 1;
  }

  protected pinned(handle: number): Uint8Array {
    return this.#pinned[handle]!;
  }

  sendPinned(slot: number, handle: number, start: number, end: number): void {
    if (this.state[slot] === open) this.transmit(slot, this.pinned(handle).subarray(start, end));
  }

  /** Parses what was read; called after {@link beginRead}. */
  protected received(slot: number, bytes: Buffer, length: number): void {
    if (this.isOver(slot)) return;
    const isContinued = this.#leftovers.has(slot);
    const whole = isContinued ? this.#leftovers.append(slot, bytes, length) : bytes;
    if (whole === null) return;
    const end = isContinued ? whole.length : length;
    const stopped = this.#protocol.take(slot, whole, 0, end, this.state[slot] !== upgrading);
    if (!this.isSameUse(slot)) return;
    if (stopped < end) this.#leftovers.keep(slot, whole, stopped, end, this.#protocol.needs);
    else if (isContinued) this.#leftovers.delete(slot);
  }

  protected drop(slot: number, isReset: boolean): void {
    this.#leftovers.delete(slot);
    this.#protocol.reset(slot);
    this.dropSocket(slot, isReset);
  }

  write(slot: number, bytes: Uint8Array): void {
    if (this.state[slot] !== closing && this.isSameUse(slot) && this.unsentBytes(slot) <= mostUnsentBytes)
      this.transmit(slot, bytes);
  }

  wake(slot: number): boolean {
    if (this.state[slot] !== open) return false;
    const atNs = nowNs();
    this.beginRead(slot, atNs, atNs, unstamped);
    return true;
  }

  override expire(): void {
    super.expire();
    this.#protocol.expire?.(nowNs());
  }

  protected sayFarewell(slot: number): boolean {
    if (this.#farewell === null) return false;
    this.transmit(slot, this.#protocol.farewellOf?.(slot) ?? this.#farewell);
    return this.#protocol.farewellEndsStream !== true;
  }

  protected sendMessage(slot: number, payload: Uint8Array, isBinary: boolean, to?: Destination): boolean {
    const message = this.#protocol.frame(payload, isBinary, slot, to);
    if (message !== null) this.transmit(slot, message);
    return message !== null;
  }

  protected sendPing(slot: number, sentNs: number): void {
    const ping = this.#protocol.ping(sentNs, slot);
    if (ping !== null && this.unsentBytes(slot) <= mostUnsentBytes) this.transmit(slot, ping);
  }
}
