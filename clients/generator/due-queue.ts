/** Slots ordered by due time: a binary heap of numbers that handles tens of thousands of simultaneous reconnects. */
export class DueQueue {
  readonly #atNs: number[] = [];
  readonly #slots: number[] = [];

  /** When the first slot is due; infinite when the queue is empty. */
  get firstNs(): number {
    return this.#atNs[0] ?? Number.POSITIVE_INFINITY;
  }

  push(atNs: number, slot: number): void {
    let at = this.#slots.length;
    this.#atNs.push(atNs);
    this.#slots.push(slot);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#atNs[parent]! <= atNs) break;
      this.#atNs[at] = this.#atNs[parent]!;
      this.#slots[at] = this.#slots[parent]!;
      at = parent;
    }
    this.#atNs[at] = atNs;
    this.#slots[at] = slot;
  }

  /** Removes and returns the first slot that is due, or -1. */
  take(atNs: number): number {
    if (this.#slots.length === 0 || this.#atNs[0]! > atNs) return -1;
    const slot = this.#slots[0]!;
    const lastNs = this.#atNs.pop()!;
    const lastSlot = this.#slots.pop()!;
    if (this.#slots.length > 0) this.#sink(lastNs, lastSlot);
    return slot;
  }

  clear(): void {
    this.#atNs.length = 0;
    this.#slots.length = 0;
  }

  #sink(atNs: number, slot: number): void {
    let at = 0;
    for (let child = 1; child < this.#slots.length; child = at * 2 + 1) {
      if (child + 1 < this.#slots.length && this.#atNs[child + 1]! < this.#atNs[child]!) child++;
      if (this.#atNs[child]! >= atNs) break;
      this.#atNs[at] = this.#atNs[child]!;
      this.#slots[at] = this.#slots[child]!;
      at = child;
    }
    this.#atNs[at] = atNs;
    this.#slots[at] = slot;
  }
}
