/**
 * How a shard ends what it holds: slot after slot, at its share of the run's pace (closing 45,000 at once made the host
 * drop packets).
 */
import type { Tally } from "../measure/tally.ts";

export class Closing {
  readonly #perSecond: number;
  readonly #state: Uint8Array;
  #sinceNs = 0;
  #slot = 0;
  #ended = 0;

  /** `state` by slot: 0 is idle and costs no pace. `perSecond`: of this shard. */
  constructor(perSecond: number, state: Uint8Array) {
    this.#perSecond = perSecond;
    this.#state = state;
  }

  begin(atNs: number): void {
    this.#sinceNs = atNs;
  }

  /** The next slot to end by now, -1 for none. */
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

  /** Whether every slot had its turn and nothing is left. */
  isDone({ connecting, open, closing }: Tally["counts"]): boolean {
    return this.#slot === this.#state.length && connecting + open + closing === 0;
  }
}
