/** The Retry-After values of refused streams by slot. Distinct values are kept once; each slot stores an index. */

/** Most distinct values that are kept, and the index for all others. */
const mostValues = 50;
const otherValue = 1;

export class RetryAfters {
  readonly #values = ["", "(other values)"];
  /** 0: the slot's response has none. */
  readonly #ofSlot: Uint8Array;

  constructor(slots: number) {
    this.#ofSlot = new Uint8Array(slots);
  }

  clear(slot: number): void {
    this.#ofSlot[slot] = 0;
  }

  /** Records the value of a slot's response; empty when it has none. */
  record(slot: number, value: string): void {
    const known = this.#values.indexOf(value);
    if (known >= 0) this.#ofSlot[slot] = known;
    else this.#ofSlot[slot] = this.#values.length < mostValues ? this.#values.push(value) - 1 : otherValue;
  }

  /** The value recorded for a slot, "(other values)" beyond the limit; empty when there is none. */
  of(slot: number): string {
    return this.#values[this.#ofSlot[slot]!]!;
  }
}
