/**
 * Pending packets by slot and packet id: an open-addressing hash table in typed arrays, so that an acknowledged message
 * allocates no object. A value is any number except NaN.
 */
const empty = 0;

export class PacketTable {
  #keys = new Float64Array(1024);
  #values = new Float64Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The value of a packet, NaN when it is absent. */
  get(slot: number, packetId: number): number {
    const at = this.#find(keyOf(slot, packetId));
    return this.#keys[at] === empty ? Number.NaN : this.#values[at]!;
  }

  set(slot: number, packetId: number, value: number): void {
    const key = keyOf(slot, packetId);
    const at = this.#find(key);
    this.#values[at] = value;
    if (this.#keys[at] !== empty) return;
    this.#keys[at] = key;
    this.#size++;
    if (this.#size * 2 > this.#keys.length) this.#grow();
  }

  /** Returns whether it was present. */
  delete(slot: number, packetId: number): boolean {
    let hole = this.#find(keyOf(slot, packetId));
    if (this.#keys[hole] === empty) return false;
    const mask = this.#keys.length - 1;
    // Backward-shift deletion: later entries move into the hole unless their home lies between the hole and them, so
    // that no lookup stops early.
    for (let at = (hole + 1) & mask; this.#keys[at] !== empty; at = (at + 1) & mask) {
      const home = homeOf(this.#keys[at]!, mask);
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#keys[hole] = this.#keys[at]!;
      this.#values[hole] = this.#values[at]!;
      hole = at;
    }
    this.#keys[hole] = empty;
    this.#size--;
    return true;
  }

  /** Index of a key, or of the empty place where it belongs. */
  #find(key: number): number {
    const mask = this.#keys.length - 1;
    let at = homeOf(key, mask);
    while (this.#keys[at] !== empty && this.#keys[at] !== key) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#keys = new Float64Array(keys.length * 2);
    this.#values = new Float64Array(keys.length * 2);
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] === empty) continue;
      const at = this.#find(keys[i]!);
      this.#keys[at] = keys[i]!;
      this.#values[at] = values[i]!;
    }
  }
}

/** Never {@link empty}: packet ids start at 1. */
const keyOf = (slot: number, packetId: number): number => slot * 65536 + packetId;
/** Multiplication spreads neighbouring keys: slots and ids both vary in their low bits. */
const homeOf = (key: number, mask: number): number =>
  (Math.imul(key / 65536, 0x9e3779b1) ^ Math.imul(key & 65535, 0x85ebca6b)) & mask;
