/** Queue of slots to reconnect: those that may reconnect at once go before those that wait briefly after a failure. */
import { SlotRing } from "./slot-ring.ts";

/** Delay before reconnecting a slot whose connection failed to open or ended without a response, nanoseconds. */
const retryAfterNs = 0.1e9;

export class Reopening {
  readonly #atOnce: SlotRing;
  readonly #later: SlotRing;
  readonly #laterNs: Float64Array;

  constructor(slots: number) {
    this.#atOnce = new SlotRing(slots);
    this.#later = new SlotRing(slots);
    this.#laterNs = new Float64Array(slots);
  }

  get size(): number {
    return this.#atOnce.size + this.#later.size;
  }

  atOnce(slot: number): void {
    this.#atOnce.push(slot);
  }

  afterFailure(slot: number, atNs: number): void {
    this.#laterNs[slot] = atNs + retryAfterNs;
    this.#later.push(slot);
  }

  /** Removes and returns the next slot that may reconnect; -1 when there is none. */
  next(atNs: number): number {
    if (this.#atOnce.size > 0) return this.#atOnce.shift();
    return this.#later.size > 0 && this.#laterNs[this.#later.first()]! <= atNs ? this.#later.shift() : -1;
  }
}
