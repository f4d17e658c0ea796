/**
 * Accounts for messages that the service numbers: every number from the first received to the highest is either
 * received or lost, exactly; duplicates and out-of-order messages are counted separately. Losses before the first
 * received number or after the last cannot be detected. A row is a connection, or one channel of a connection; only
 * rows with missing numbers need memory beyond their columns.
 */

/** How a received number is classified. */
export type NumberKind = "new" | "duplicate" | "out-of-order" | "restarted";

/** A number this far below the first one is not an out-of-order message: the service restarted its numbering. */
const restartBelow = 1000;
/**
 * Most ranges of missing numbers kept per row. A message that fills an older, discarded range counts as a duplicate,
 * and the missing number stays lost.
 */
const mostRanges = 1024;
const none = -1;

export class SequenceLedger {
  /** Missing numbers by connection, over all its numbering. */
  readonly lostOf: Float64Array;
  readonly #first: number[] = [];
  readonly #last: number[] = [];
  /** Row -> missing numbers as ascending ranges: [from, to, from, to, ...]. */
  readonly #missing = new Map<number, number[]>();
  /** Connection -> channel -> row, where each channel is numbered separately; freed rows are reused. */
  readonly #channels: (Map<string, number> | undefined)[] = [];
  readonly #freeRows: number[] = [];
  readonly #hasChannels: boolean;

  constructor(slots: number, hasChannels: boolean) {
    this.lostOf = new Float64Array(slots);
    this.#hasChannels = hasChannels;
    if (hasChannels) return;
    this.#first = new Array<number>(slots).fill(none);
    this.#last = new Array<number>(slots).fill(none);
  }

  /** Starts a connection's account, which counts from the first number received. */
  open(slot: number): void {
    if (!this.#hasChannels) return this.#clear(slot);
    for (const row of this.#channels[slot]?.values() ?? []) {
      this.#clear(row);
      this.#freeRows.push(row);
    }
    this.#channels[slot]?.clear();
  }

  #clear(row: number): void {
    this.#first[row] = none;
    this.#last[row] = none;
    this.#missing.delete(row);
  }

  #rowOf(slot: number, channel: string): number {
    if (!this.#hasChannels) return slot;
    this.#channels[slot] ??= new Map();
    const known = this.#channels[slot].get(channel);
    if (known !== undefined) return known;
    const row = this.#freeRows.pop() ?? this.#first.length;
    this.#clear(row);
    this.#channels[slot].set(channel, row);
    return row;
  }

  record(slot: number, channel: string, number: number): NumberKind {
    const row = this.#rowOf(slot, channel);
    const first = this.#first[row]!;
    const last = this.#last[row]!;
    if (first === none) {
      this.#first[row] = number;
      this.#last[row] = number;
      return "new";
    }
    if (number > last) {
      this.#last[row] = number;
      if (number > last + 1) this.#miss(slot, row, last + 1, number - 1, "behind");
      return "new";
    }
    if (number < first - restartBelow) {
      this.#clear(row);
      this.#first[row] = number;
      this.#last[row] = number;
      return "restarted";
    }
    if (number < first) {
      this.#first[row] = number;
      if (number < first - 1) this.#miss(slot, row, number + 1, first - 1, "before");
      return "out-of-order";
    }
    return this.#fill(slot, row, number) ? "out-of-order" : "duplicate";
  }

  #miss(slot: number, row: number, from: number, to: number, where: "before" | "behind"): void {
    this.lostOf[slot]! += to - from + 1;
    const ranges = this.#missing.get(row) ?? [];
    if (where === "behind") ranges.push(from, to);
    else ranges.unshift(from, to);
    if (ranges.length > 2 * mostRanges) ranges.splice(0, 2);
    this.#missing.set(row, ranges);
  }

  /** Removes a number from the missing ones; false when it was not missing. */
  #fill(slot: number, row: number, number: number): boolean {
    const ranges = this.#missing.get(row);
    if (ranges === undefined) return false;
    for (let at = ranges.length - 2; at >= 0; at -= 2) {
      const from = ranges[at]!;
      const to = ranges[at + 1]!;
      if (number > to) return false;
      if (number < from) continue;
      const left = [...(number > from ? [from, number - 1] : []), ...(number < to ? [number + 1, to] : [])];
      ranges.splice(at, 2, ...left);
      if (ranges.length === 0) this.#missing.delete(row);
      this.lostOf[slot]! -= 1;
      return true;
    }
    return false;
  }
}
