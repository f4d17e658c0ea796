import type { PushQuery } from "./push-query.ts";

const slotNs = 10_000_000;

/**
 * When a stream's ticks are due. Its steps are the pairs (tick, slot) in due order:
 *
 *     step     0        1        2   ...  slots-1 | slots    slots+1
 *     tick     0        0        0           0    |   1         1
 *     due      0       10 ms    20 ms             | interval  interval + 10 ms
 *
 * A burst has a single slot, so its steps are the ticks. Instants are CLOCK_MONOTONIC nanoseconds.
 */
export class Schedule {
  readonly #intervalNs: number;
  readonly #slots: number;
  readonly #stride: number;

  constructor(query: PushQuery) {
    this.#intervalNs = query.intervalMs * 1e6;
    this.#slots = query.timing === "spread" ? Math.floor(this.#intervalNs / slotNs) : 1;
    this.#stride = strideOf(this.#slots);
  }

  /** Number of slots in the interval. */
  get slots(): number {
    return this.#slots;
  }

  /** The tick of a step, k in the contract. */
  tick(step: number): number {
    return Math.floor(step / this.#slots);
  }

  /** The slot of a step, 0 for a burst. */
  slot(step: number): number {
    return step % this.#slots;
  }

  /** When a step is due. */
  dueNs(step: number): number {
    return this.tick(step) * this.#intervalNs + this.slot(step) * slotNs;
  }

  /** The last step due at or before an instant. */
  lastStep(nowNs: number): number {
    const slot = Math.min(Math.floor((nowNs % this.#intervalNs) / slotNs), this.#slots - 1);
    return Math.floor(nowNs / this.#intervalNs) * this.#slots + slot;
  }

  /** The first tick of a slot due later than an instant. */
  firstTickAfter(slot: number, nowNs: number): number {
    return Math.max(0, Math.floor((nowNs - slot * slotNs) / this.#intervalNs) + 1);
  }

  /**
   * The slot of the n-th connection: any number of connections is spread evenly, and every round fills each slot once.
   */
  slotOf(n: number): number {
    return ((n % this.#slots) * this.#stride) % this.#slots;
  }
}

/** About the golden ratio of the slots, coprime to them. */
function strideOf(slots: number): number {
  let stride = Math.floor(slots * 0.618);
  while (stride > 1 && commonDivisor(stride, slots) !== 1) stride--;
  return Math.max(stride, 1);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
