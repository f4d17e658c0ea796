/**
 * Buffers bytes of incomplete messages, for the few slots that have any. Buffers double, and a slot is parsed again
 * only when it has the bytes its protocol needs, so a large message in small chunks takes linear time.
 */
interface Leftover {
  bytes: Buffer;
  length: number;
  needs: number;
}

export class Leftovers {
  readonly #bySlot = new Map<number, Leftover>();

  has(slot: number): boolean {
    return this.#bySlot.has(slot);
  }

  /** Appends bytes to a slot's buffer. Returns the whole buffer when it holds the bytes needed, otherwise null. */
  append(slot: number, bytes: Buffer, length: number): Buffer | null {
    const rest = this.#bySlot.get(slot);
    if (rest === undefined) throw new Error(`slot ${slot} has no leftover`);
    if (rest.length + length > rest.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(rest.bytes.length * 2, rest.length + length));
      rest.bytes.copy(grown, 0, 0, rest.length);
      rest.bytes = grown;
    }
    bytes.copy(rest.bytes, rest.length, 0, length);
    rest.length += length;
    return rest.length < rest.needs ? null : rest.bytes.subarray(0, rest.length);
  }

  /** Keeps the bytes from `start` to `end` until `needs` bytes have arrived; clears the slot when there are none. */
  keep(slot: number, bytes: Buffer, start: number, end: number, needs: number): void {
    if (start >= end) {
      this.#bySlot.delete(slot);
      return;
    }
    const copy = Buffer.allocUnsafe(Math.max(256, end - start));
    bytes.copy(copy, 0, start, end);
    this.#bySlot.set(slot, { bytes: copy, length: end - start, needs });
  }

  delete(slot: number): void {
    this.#bySlot.delete(slot);
  }
}
