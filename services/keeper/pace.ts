/** A rate limit: this many at once, and this many per second. */
export class Pace {
  readonly #perSecond: number;
  readonly #atOnce: number;
  #left: number;
  #atNs: number;

  constructor(perSecond: number, atOnce: number, atNs: number) {
    this.#perSecond = perSecond;
    this.#atOnce = atOnce;
    this.#left = atOnce;
    this.#atNs = atNs;
  }

  /** Whether one more is allowed now; if so, it is counted. */
  take(atNs: number): boolean {
    this.#left = Math.min(this.#atOnce, this.#left + ((atNs - this.#atNs) / 1e9) * this.#perSecond);
    this.#atNs = atNs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
