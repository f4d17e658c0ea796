/** The buffer that templates are filled into: it grows to the largest message and is reused. */
export class FillBuffer {
  bytes: Buffer = Buffer.allocUnsafe(1024);
  length = 0;

  #reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  putBytes(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    source.copy(this.bytes, this.length, start, end);
    this.length += end - start;
  }

  putText(text: string): void {
    // A UTF-16 unit needs at most three bytes of UTF-8.
    this.#reserve(text.length * 3);
    this.length += this.bytes.write(text, this.length, "utf8");
  }
}
