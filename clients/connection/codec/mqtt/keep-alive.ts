/**
 * PINGREQ on time, and a broker that answers none. One walk of the columns serves all connections and is made when one
 * of them can be due; acknowledgements would count as signs of life too (MQTT 5, section 3.1.2.10), but an early ping
 * is always allowed.
 */
import type { Wire } from "../protocol.ts";
import { packetType } from "./packet.ts";

export const pingreq = Uint8Array.from([packetType.pingreq << 4, 0]);

/**
 * How long before the keep-alive is over a ping goes out: at half of it, at most this. The shard looks four times a
 * second, or when it wakes.
 */
const marginNs = 2e9;

export class KeepAlive {
  readonly #wire: Wire;
  readonly #seconds: number;
  /** Each connection's own, as the broker may set another; 0: none, or not open. */
  readonly #everyNs: Float64Array;
  readonly #sentNs: Float64Array;
  /** When the ping went out that is not answered yet; 0: none is. */
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

  /** `serverSeconds` -1: the broker leaves the keep-alive as it is. */
  connected(slot: number, atNs: number, serverSeconds: number): void {
    this.#everyNs[slot] = (serverSeconds >= 0 ? serverSeconds : this.#seconds) * 1e9;
    this.#sentNs[slot] = atNs;
    if (serverSeconds >= 0) this.#nextNs = 0;
  }

  reset(slot: number): void {
    this.#everyNs[slot] = 0;
    this.#askedNs[slot] = 0;
  }

  /** A ping is about to go out; false while another is not answered. */
  ask(slot: number, atNs: number): boolean {
    if (this.#askedNs[slot] !== 0) return false;
    this.#askedNs[slot] = atNs;
    this.#sentNs[slot] = atNs;
    return true;
  }

  /** A PINGRESP came: when the ping it answers went out, 0 when there was none. */
  answered(slot: number): number {
    const askedNs = this.#askedNs[slot]!;
    this.#askedNs[slot] = 0;
    return askedNs;
  }

  /** Sends the pings that are due, gives up connections whose broker answers none; returns how many pings went out. */
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
    // Whoever connects from now on is due later than half a keep-alive from now.
    this.#nextNs = Math.min(nextNs, atNs + Math.max(this.#seconds * 0.5e9, 0.25e9));
    return sent;
  }
}
