/** Assembles bodies that arrive in several parts, for the few slots whose body is checked. */
interface GatheredBody {
  bytes: Buffer;
  length: number;
  /** It exceeds the size limit. */
  isTooLarge: boolean;
}

export class GatheredBodies {
  readonly #bySlot = new Map<number, GatheredBody>();
  readonly #mostBytes: number;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  begin(slot: number, expectedBytes: number): void {
    this.#bySlot.set(slot, {
      bytes: Buffer.allocUnsafe(Math.min(this.#mostBytes, Math.max(256, expectedBytes))),
      length: 0,
      isTooLarge: false,
    });
  }

  /** Adds a part if the slot's body is wanted. */
  add(slot: number, bytes: Buffer, start: number, end: number): void {
    if (this.#bySlot.size === 0) return;
    const body = this.#bySlot.get(slot);
    if (body === undefined || body.isTooLarge) return;
    const length = body.length + end - start;
    if (length > this.#mostBytes) {
      body.isTooLarge = true;
      return;
    }
    if (length > body.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.min(this.#mostBytes, Math.max(length, body.bytes.length * 2)));
      body.bytes.copy(grown, 0, 0, body.length);
      body.bytes = grown;
    }
    bytes.copy(body.bytes, body.length, start, end);
    body.length = length;
  }

  /** Returns and removes the whole body; null when it was not wanted or is too large. */
  take(slot: number): Buffer | null {
    if (this.#bySlot.size === 0) return null;
    const body = this.#bySlot.get(slot);
    if (body === undefined) return null;
    this.#bySlot.delete(slot);
    return body.isTooLarge ? null : body.bytes.subarray(0, body.length);
  }

  delete(slot: number): void {
    if (this.#bySlot.size > 0) this.#bySlot.delete(slot);
  }
}
