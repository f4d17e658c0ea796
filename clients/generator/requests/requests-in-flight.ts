/** Each slot's requests in flight, first in first out: columns of slot x depth. */
export class RequestsInFlight {
  readonly depth: number;
  /** Number of requests in flight by slot. */
  readonly count: Uint16Array;
  total = 0;
  readonly #first: Uint16Array;
  readonly #fromNs: Float64Array;
  readonly #sentNs: Float64Array;
  readonly #step: Uint16Array;
  /** The request's number, shifted left by one; the lowest bit says whether its body is checked. */
  readonly #request: Uint32Array;
  /**
   * The request last removed by {@link shift}: when its latency starts, its step, its number, whether its body is
   * checked.
   */
  fromNs = 0;
  step = 0;
  request = 0;
  isChecked = false;

  constructor(slots: number, depth: number) {
    this.depth = depth;
    this.count = new Uint16Array(slots);
    this.#first = new Uint16Array(slots);
    this.#fromNs = new Float64Array(slots * depth);
    this.#sentNs = new Float64Array(slots * depth);
    this.#step = new Uint16Array(slots * depth);
    this.#request = new Uint32Array(slots * depth);
  }

  push(slot: number, fromNs: number, sentNs: number, step: number, request: number, isChecked: boolean): void {
    const place = slot * this.depth + ((this.#first[slot]! + this.count[slot]!) % this.depth);
    this.#fromNs[place] = fromNs;
    this.#sentNs[place] = sentNs;
    this.#step[place] = step;
    this.#request[place] = request * 2 + (isChecked ? 1 : 0);
    this.count[slot]!++;
    this.total++;
  }

  /** Moves a slot's oldest request into the fields; false when it has none. */
  shift(slot: number): boolean {
    if (this.count[slot] === 0) return false;
    const first = this.#first[slot]!;
    const place = slot * this.depth + first;
    this.fromNs = this.#fromNs[place]!;
    this.step = this.#step[place]!;
    const request = this.#request[place]!;
    this.request = request >>> 1;
    this.isChecked = (request & 1) === 1;
    this.#first[slot] = first + 1 === this.depth ? 0 : first + 1;
    this.count[slot]!--;
    this.total--;
    return true;
  }

  /** Whether the body of a slot's oldest request is checked. */
  isFirstChecked(slot: number): boolean {
    return this.count[slot]! > 0 && (this.#request[slot * this.depth + this.#first[slot]!]! & 1) === 1;
  }

  /** The step of a slot's oldest request, 0 when it has none. */
  firstStep(slot: number): number {
    return this.count[slot] === 0 ? 0 : this.#step[slot * this.depth + this.#first[slot]!]!;
  }

  /** When the latency of a slot's oldest request starts; NaN when it has none. */
  firstFromNs(slot: number): number {
    return this.count[slot] === 0 ? Number.NaN : this.#fromNs[slot * this.depth + this.#first[slot]!]!;
  }

  /** The number of the request `place` positions after a slot's oldest. */
  requestAt(slot: number, place: number): number {
    return this.#request[slot * this.depth + ((this.#first[slot]! + place) % this.depth)]! >>> 1;
  }

  /** When a slot's oldest request was sent; infinity when it has none. */
  oldestSentNs(slot: number): number {
    return this.count[slot] === 0 ? Number.POSITIVE_INFINITY : this.#sentNs[slot * this.depth + this.#first[slot]!]!;
  }

  /** Calls back with the step of every request in flight. */
  forEachStep(visit: (step: number) => void): void {
    for (let slot = 0; slot < this.count.length; slot++) {
      for (let i = 0; i < this.count[slot]!; i++)
        visit(this.#step[slot * this.depth + ((this.#first[slot]! + i) % this.depth)]!);
    }
  }
}
