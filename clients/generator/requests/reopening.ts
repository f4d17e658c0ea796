/**
 * Slots whose connection is to be opened again, in line: those that may at once, before those that wait a little after
 * a failure.
 */
import { SlotRing } from "./slot-ring.ts";

/** Before a connection is tried again that did not open, or ended without an answer. */
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

  /** Takes the next slot whose time has come out of the line; -1 when there is none. */
  next(atNs: number): number {
    if (this.#atOnce.size > 0) return this.#atOnce.shift();
    return this.#later.size > 0 && this.#laterNs[this.#later.first()]! <= atNs ? this.#later.shift() : -1;
  }
}
