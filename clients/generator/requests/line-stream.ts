/**
 * Splits a body with one event per line (NDJSON or plain text): lines end with LF or CR LF and may be split across
 * reads anywhere; empty lines are skipped.
 */
const lineFeed = 10;
const carriageReturn = 13;

export type TellLine = (slot: number, bytes: Buffer, start: number, end: number) => boolean;

export class LineStream {
  readonly #tell: TellLine;
  readonly #maxLineBytes: number;
  /** The incomplete last line of each slot. */
  readonly #begun = new Map<number, Buffer>();

  constructor(maxLineBytes: number, tell: TellLine) {
    this.#maxLineBytes = maxLineBytes;
    this.#tell = tell;
  }

  reset(slot: number): void {
    if (this.#begun.size > 0) this.#begun.delete(slot);
  }

  /** Processes a chunk; false when a line is rejected or too long. */
  take(slot: number, bytes: Buffer, start: number, end: number): boolean {
    let at = start;
    for (let feed = bytes.indexOf(lineFeed, at); feed >= 0 && feed < end; feed = bytes.indexOf(lineFeed, at)) {
      const begun = this.#begun.get(slot);
      if (begun === undefined) {
        if (!this.#line(slot, bytes, at, feed)) return false;
      } else {
        this.#begun.delete(slot);
        const whole = Buffer.concat([begun, bytes.subarray(at, feed)]);
        if (!this.#line(slot, whole, 0, whole.length)) return false;
      }
      at = feed + 1;
    }
    if (at === end) return true;
    const rest = Buffer.concat([this.#begun.get(slot) ?? nothing, bytes.subarray(at, end)]);
    this.#begun.set(slot, rest);
    return rest.length <= this.#maxLineBytes;
  }

  /** Handles the end of the body, whose last line need not end with a line feed. */
  finish(slot: number): boolean {
    const rest = this.#begun.get(slot);
    this.reset(slot);
    return rest === undefined || this.#line(slot, rest, 0, rest.length);
  }

  #line(slot: number, bytes: Buffer, start: number, end: number): boolean {
    const last = end > start && bytes[end - 1] === carriageReturn ? end - 1 : end;
    if (last - start > this.#maxLineBytes) return false;
    return last === start || this.#tell(slot, bytes, start, last);
  }
}

const nothing = Buffer.alloc(0);
