/**
 * Sends PINGREQs on time and detects brokers that do not answer them. All connections are handled by one walk over the
 * columns, made only when one of them can be due. Acknowledgements would also count as activity (MQTT 5, section
 * 3.1.2.10), but an early ping is always allowed.
 */
import type { Wire } from "../protocol.ts";
import { packetType } from "./packet.ts";

export const pingreq = Uint8Array.from([packetType.pingreq << 4, 0]);

/**
 * How long before the end of the keep-alive a ping is sent: half of the keep-alive, but at most this. The shard checks
 * four times a second, or when it wakes.
 */
const marginNs = 2e9;

export class KeepAlive {
  readonly #wire: Wire;
  readonly #seconds: number;
  /** Keep-alive interval by connection, as the broker may change it; 0: none, or not open. */
  readonly #everyNs: Float64Array;
  readonly #sentNs: Float64Array;
  /** When the unanswered ping was sent; 0 when none is pending. */
  readonly #askedNs: Float64Array;
  /** No connection is due before this instant. */
  #nextNs = 0;

  constructor(slots: number, seconds: number, wire: Wire) {
    this.#wire = wire;
    this.#seconds = seconds;
    this.#everyNs = new Float64Array(slots);
    this.#sentNs = new Float64Array(slots);
    this.#askedNs = new Float64Array(slots);
  }

  /** `serverSeconds` -1: the broker does not override the keep-alive. */
  connected(slot: number, atNs: number, serverSeconds: number): void {
    this.#everyNs[slot] = (serverSeconds >= 0 ? serverSeconds : this.#seconds) * 1e9;
    this.#sentNs[slot] = atNs;
    if (serverSeconds >= 0) this.#nextNs = 0;
  }

  reset(slot: number): void {
    this.#everyNs[slot] = 0;
    this.#askedNs[slot] = 0;
  }

  /** Called before a ping is sent; false while another is unanswered. */
  ask(slot: number, atNs: number): boolean {
    if (this.#askedNs[slot] !== 0) return false;
    this.#askedNs[slot] = atNs;
    this.#sentNs[slot] = atNs;
    return true;
  }

  /** Handles a PINGRESP: returns when the ping it answers was sent, 0 when there was none. */
  answered(slot: number): number {
    const askedNs = this.#askedNs[slot]!;
    this.#askedNs[slot] = 0;
    return askedNs;
  }

  /** Sends due pings and abandons connections whose broker did not answer; returns the number of pings sent. */
  walk(atNs: number): number {
    if (atNs < this.#nextNs) return 0;
    let sent = 0;
    let nextNs = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < this.#everyNs.length; slot++) {
      const everyNs = this.#everyNs[slot]!;
      if (everyNs === 0) continue;
      const askedNs = this.#askedNs[slot]!;
      if (askedNs !== 0 && atNs - askedNs >= everyNs) {
        this.#wire.abandon(slot, "silent", `keep-alive: no answer to a PINGREQ within ${everyNs / 1e9} s`);
        continue;
      }
      let dueNs = askedNs === 0 ? this.#sentNs[slot]! + everyNs - Math.min(marginNs, everyNs / 2) : askedNs + everyNs;
      if (askedNs === 0 && dueNs <= atNs && this.#wire.wake(slot) && this.ask(slot, atNs)) {
        this.#wire.write(slot, pingreq);
        sent++;
        dueNs = atNs + everyNs;
      }
      nextNs = Math.min(nextNs, dueNs);
    }
    // New connections are due no earlier than half a keep-alive from now.
    this.#nextNs = Math.min(nextNs, atNs + Math.max(this.#seconds * 0.5e9, 0.25e9));
    return sent;
  }
}
