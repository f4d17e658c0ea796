/**
 * Accounts for the messages of services that number theirs: from the first number that came to the highest, each is
 * received or lost, exactly, and what came again or behind a higher one is told apart. What was sent before the first
 * that came or after the last nobody can know. A row is a connection, or one channel of a connection; only a row that
 * misses numbers keeps more than its columns.
 */

/** What a number turned out to be. */
export type NumberKind = "new" | "duplicate" | "out-of-order" | "restarted";

/** A number this far below the first is no message that was overtaken: the service began to count anew. */
const restartBelow = 1000;
/**
 * Ranges of missing numbers a row keeps; what fills an older one later is taken for a duplicate, and the missing one
 * stays lost.
 */
const mostRanges = 1024;
const none = -1;

export class SequenceLedger {
  /** Missing numbers, per connection, over all that was numbered on it. */
  readonly lostOf: Float64Array;
  readonly #first: number[] = [];
  readonly #last: number[] = [];
  /** Row -> missing numbers as ranges that rise: [from, to, from, to, ...]. */
  readonly #missing = new Map<number, number[]>();
  /** Connection -> channel -> row, where channels are numbered; rows are used again. */
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

  /** A connection begins: what is numbered on it is counted from the first number that comes. */
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

  /** Takes a number out of those that are missing; false when it is none of them. */
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
