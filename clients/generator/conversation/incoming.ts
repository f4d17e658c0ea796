/**
 * A received message as matchers see it: one reused object, whose JSON is parsed at most once per message and only when
 * a matcher needs it.
 */
import { jsonEnd, jsonStart } from "../json-place.ts";

export class Incoming {
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  isBinary = false;
  /** The peer flagged it as a possible duplicate. */
  isRepeat = false;
  #json: unknown;
  #isParsed = false;
  /** Messages parsed so far. */
  parses = 0;

  set(bytes: Buffer, start: number, end: number, isBinary: boolean, isRepeat = false): this {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.isBinary = isBinary;
    this.isRepeat = isRepeat;
    this.#isParsed = false;
    return this;
  }

  get view(): Buffer {
    return this.bytes.subarray(this.start, this.end);
  }

  startsWith(text: Uint8Array): boolean {
    return (
      this.end - this.start >= text.length &&
      this.bytes.compare(text, 0, text.length, this.start, this.start + text.length) === 0
    );
  }

  /** The message's JSON after any prefix before the first bracket; undefined when there is none. */
  json(): unknown {
    if (this.#isParsed) return this.#json;
    this.#isParsed = true;
    this.#json = undefined;
    const begin = jsonStart(this.bytes, this.start, this.end);
    if (begin < 0) return undefined;
    this.parses++;
    try {
      this.#json = JSON.parse(this.bytes.toString("utf8", begin, jsonEnd(this.bytes, begin, this.end)));
    } catch {
      // Not JSON: no JSON matcher applies.
    }
    return this.#json;
  }
}
