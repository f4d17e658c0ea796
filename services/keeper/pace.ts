/** How often something may be asked: so many at once, and so many a second. */
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

  /** Whether one more may be asked now; if so, it counts. */
  take(atNs: number): boolean {
    this.#left = Math.min(this.#atOnce, this.#left + ((atNs - this.#atNs) / 1e9) * this.#perSecond);
    this.#atNs = atNs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
