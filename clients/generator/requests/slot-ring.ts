/** First-in, first-out queue of slots in one typed array. A slot is in it at most once. */
export class SlotRing {
  readonly #slots: Int32Array;
  readonly #isIn: Uint8Array;
  #from = 0;
  size = 0;

  constructor(slots: number) {
    this.#slots = new Int32Array(Math.max(1, slots));
    this.#isIn = new Uint8Array(Math.max(1, slots));
  }

  push(slot: number): void {
    if (this.#isIn[slot] === 1) return;
    this.#isIn[slot] = 1;
    this.#slots[(this.#from + this.size) % this.#slots.length] = slot;
    this.size++;
  }

  /** The slot at the front, -1 when the queue is empty. */
  first(): number {
    return this.size === 0 ? -1 : this.#slots[this.#from]!;
  }

  shift(): number {
    const slot = this.first();
    if (slot < 0) return -1;
    this.#isIn[slot] = 0;
    this.#from = (this.#from + 1) % this.#slots.length;
    this.size--;
    return slot;
  }
}
