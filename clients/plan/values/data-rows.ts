/** The rows of a data file, packed: one byte buffer and four bytes of offset per value. */

/** Rows as sent to a shard process. */
export interface WireRows {
  columns: string[];
  rows: number;
  /** Lengths of all values, row by row, as little-endian u32, and their bytes; both base64. */
  lengths: string;
  bytes: string;
}

export class DataRows {
  readonly columns: readonly string[];
  readonly count: number;
  readonly bytes: Buffer;
  /** Start of each value, row by row, plus the end of the last. */
  readonly #starts: Uint32Array;

  private constructor(columns: readonly string[], starts: Uint32Array, bytes: Buffer) {
    this.columns = columns;
    this.count = columns.length === 0 ? 0 : (starts.length - 1) / columns.length;
    this.bytes = bytes;
    this.#starts = starts;
  }

  static fromWire({ columns, rows, lengths, bytes }: WireRows): DataRows {
    const packed = Buffer.from(lengths, "base64");
    const starts = new Uint32Array(rows * columns.length + 1);
    for (let i = 0; i < rows * columns.length; i++) starts[i + 1] = starts[i]! + packed.readUInt32LE(i * 4);
    return new DataRows(columns, starts, Buffer.from(bytes, "base64"));
  }

  /** Starts an empty set of rows. */
  static builder(columns: readonly string[]): DataRowsBuilder {
    return new DataRowsBuilder(columns, (starts, bytes) => new DataRows(columns, starts, bytes));
  }

  start(row: number, column: number): number {
    return this.#starts[row * this.columns.length + column]!;
  }

  end(row: number, column: number): number {
    return this.#starts[row * this.columns.length + column + 1]!;
  }

  text(row: number, column: number): string {
    return this.bytes.toString("utf8", this.start(row, column), this.end(row, column));
  }

  /** Selected rows and columns, for another process. */
  toWire(names: readonly string[], rows: Iterable<number>): WireRows {
    const chosen = names.map((name) => this.columns.indexOf(name));
    const lengths: number[] = [];
    const parts: Buffer[] = [];
    let count = 0;
    for (const row of rows) {
      count++;
      for (const column of chosen) {
        const [start, end] = [this.start(row, column), this.end(row, column)];
        lengths.push(end - start);
        parts.push(this.bytes.subarray(start, end));
      }
    }
    const packed = Buffer.allocUnsafe(lengths.length * 4);
    for (const [i, length] of lengths.entries()) packed.writeUInt32LE(length, i * 4);
    return {
      columns: [...names],
      rows: count,
      lengths: packed.toString("base64"),
      bytes: Buffer.concat(parts).toString("base64"),
    };
  }
}

/** Collects rows one by one. */
export class DataRowsBuilder {
  readonly #columns: readonly string[];
  readonly #made: (starts: Uint32Array, bytes: Buffer) => DataRows;
  #bytes = Buffer.allocUnsafe(4096);
  #length = 0;
  #starts = new Uint32Array(1024);
  #values = 0;

  constructor(columns: readonly string[], made: (starts: Uint32Array, bytes: Buffer) => DataRows) {
    this.#columns = columns;
    this.#made = made;
  }

  /** Adds a row: one value per column, in order. Throws when all values together exceed 4 GiB. */
  add(values: readonly string[]): void {
    for (let i = 0; i < this.#columns.length; i++) this.#value(values[i] ?? "");
  }

  #value(value: string): void {
    const size = Buffer.byteLength(value);
    if (this.#length + size > 0xffff_ffff) throw new Error("expected less than 4 GiB of values");
    if (this.#length + size > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + size));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    this.#length += this.#bytes.write(value, this.#length, "utf8");
    if (this.#values + 2 > this.#starts.length) {
      const grown = new Uint32Array(this.#starts.length * 2);
      grown.set(this.#starts);
      this.#starts = grown;
    }
    this.#starts[++this.#values] = this.#length;
  }

  build(): DataRows {
    return this.#made(this.#starts.slice(0, this.#values + 1), Buffer.from(this.#bytes.subarray(0, this.#length)));
  }
}
