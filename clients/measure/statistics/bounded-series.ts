/** A time series that never keeps more than a fixed number of points, however long it runs. */

/**
 * How neighbours are merged when the series is full: `minimum` for levels such as memory (block minima stay exact),
 * `every-other` for figures of single events such as a burst's p99 (a smaller sample of the same kind; nothing is
 * averaged).
 */
export type Thinning = "minimum" | "every-other";

export class BoundedSeries {
  readonly #thinning: Thinning;
  readonly #most: number;
  #atMs: number[] = [];
  #values: number[] = [];
  /** Samples per point. */
  #stride = 1;
  /** Samples in the incomplete point. */
  #pending = 0;

  /** `most`: most points kept, an even number. */
  constructor(thinning: Thinning, most = 8192) {
    this.#thinning = thinning;
    this.#most = most;
  }

  get length(): number {
    return this.#values.length;
  }

  /** The points so far; must not be modified. */
  get series(): { atMs: readonly number[]; values: readonly number[] } {
    return { atMs: this.#atMs, values: this.#values };
  }

  /** Number of samples each point represents. */
  get stride(): number {
    return this.#stride;
  }

  add(atMs: number, value: number): void {
    const last = this.#values.length - 1;
    if (this.#pending > 0) {
      if (this.#thinning === "minimum" && value < this.#values[last]!) this.#values[last] = value;
    } else {
      if (this.#values.length === this.#most) this.#halve();
      this.#atMs.push(atMs);
      this.#values.push(value);
    }
    this.#pending = (this.#pending + 1) % this.#stride;
  }

  #halve(): void {
    const { length } = this.#values;
    const isMinimum = this.#thinning === "minimum";
    const values: number[] = [];
    const atMs: number[] = [];
    for (let index = 0; index < length; index += 2) {
      const [first, second] = [this.#values[index]!, this.#values[index + 1] ?? Number.POSITIVE_INFINITY];
      values.push(isMinimum ? Math.min(first, second) : first);
      atMs.push(this.#atMs[index]!);
    }
    this.#values = values;
    this.#atMs = atMs;
    this.#stride *= 2;
    this.#pending = 0;
  }
}
