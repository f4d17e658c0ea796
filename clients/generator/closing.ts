/**
 * Closes a shard's connections slot by slot at its share of the run's close rate: closing 45,000 at once made the host
 * drop packets.
 */
import type { Tally } from "../measure/tally.ts";

export class Closing {
  readonly #perSecond: number;
  readonly #state: Uint8Array;
  #sinceNs = 0;
  #slot = 0;
  #ended = 0;

  /**
   * `state` by slot: idle slots (0) are skipped and do not count towards the rate. `perSecond`: closes per second in
   * this shard.
   */
  constructor(perSecond: number, state: Uint8Array) {
    this.#perSecond = perSecond;
    this.#state = state;
  }

  begin(atNs: number): void {
    this.#sinceNs = atNs;
  }

  /** The next slot to close by now, or -1. */
  next(atNs: number): number {
    const due = Math.floor(((atNs - this.#sinceNs) / 1e9) * this.#perSecond) + 1;
    while (this.#slot < this.#state.length && this.#ended < due) {
      const slot = this.#slot++;
      if (this.#state[slot] === 0) continue;
      this.#ended++;
      return slot;
    }
    return -1;
  }

  /** True when every slot was visited and no connection is left. */
  isDone({ connecting, open, closing }: Tally["counts"]): boolean {
    return this.#slot === this.#state.length && connecting + open + closing === 0;
  }
}
