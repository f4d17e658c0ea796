/**
 * An incomplete event of an event stream: the data of its lines so far, its name, and its last, possibly incomplete
 * line.
 */
export class EventDraft {
  /** Its data: `length` bytes from `start`; a length of -1 means no data line. */
  data: Buffer = noBytes;
  start = 0;
  length = -1;
  name = "";
  /** Its id, up to the bytes kept; a length of -1 means no id. */
  id: Buffer = noBytes;
  idLength = -1;
  line: Buffer = noBytes;
  lineLength = 0;

  readonly #borrows: boolean;
  /** Own buffer, for data that is not borrowed. */
  #room: Buffer = noBytes;

  /**
   * With `borrows`, the first data line stays in the buffer it arrived in, which must stay unchanged until the event is
   * delivered.
   */
  constructor(borrows = false) {
    this.#borrows = borrows;
  }

  get isEmpty(): boolean {
    return this.length < 0 && this.name === "" && this.idLength < 0 && this.lineLength === 0;
  }

  clear(): void {
    this.length = -1;
    this.name = "";
    this.idLength = -1;
    this.lineLength = 0;
  }

  /** For an id longer than `most`, only the length is kept. */
  setId(bytes: Buffer, from: number, to: number, most: number): void {
    this.idLength = to - from;
    if (this.idLength > most) return;
    this.id = grown(this.id, 0, this.idLength);
    bytes.copy(this.id, 0, from, to);
  }

  /** Adds a data line; lines are joined by line feeds. False when the data would exceed `most` bytes. */
  addData(bytes: Buffer, from: number, to: number, most: number): boolean {
    const before = this.length < 0 ? 0 : this.length + 1;
    const length = before + to - from;
    if (length > most) return false;
    if (before === 0 && this.#borrows) {
      this.data = bytes;
      this.start = from;
    } else {
      this.#own(length);
      if (before > 0) this.data[before - 1] = lineFeed;
      bytes.copy(this.data, before, from, to);
    }
    this.length = length;
    return true;
  }

  /** Appends to the last line. False when it would exceed `most` bytes. */
  addToLine(bytes: Buffer, from: number, to: number, most: number): boolean {
    const length = this.lineLength + to - from;
    if (length > most) return false;
    this.line = grown(this.line, this.lineLength, length);
    bytes.copy(this.line, this.lineLength, from, to);
    this.lineLength = length;
    return true;
  }

  /** Ensures that the data is in its own buffer, with room for `length` bytes. */
  #own(length: number): void {
    const used = Math.max(0, this.length);
    const isOwn = this.data === this.#room;
    this.#room = grown(this.#room, isOwn ? used : 0, length);
    if (!isOwn) this.data.copy(this.#room, 0, this.start, this.start + used);
    this.data = this.#room;
    this.start = 0;
  }

  /** Takes over everything from another draft except its line. */
  takeFrom(other: EventDraft): void {
    this.name = other.name;
    if (other.idLength >= 0) {
      this.id = Buffer.from(other.id.subarray(0, other.idLength));
      this.idLength = other.idLength;
    }
    if (other.length >= 0) {
      const { data, start, length } = other;
      this.addData(data, start, start + length, Number.POSITIVE_INFINITY);
    }
  }
}

const lineFeed = 10;
const noBytes = Buffer.alloc(0);
const leastBytes = 256;

/**
 * Returns the buffer, or a larger one with its first `used` bytes: buffers double, so many small chunks take linear
 * time.
 */
function grown(buffer: Buffer, used: number, length: number): Buffer {
  if (length <= buffer.length) return buffer;
  const larger = Buffer.allocUnsafe(Math.max(leastBytes, length, used * 2));
  buffer.copy(larger, 0, 0, used);
  return larger;
}
