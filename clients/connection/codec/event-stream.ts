/**
 * The body of an event stream (WHATWG HTML, section 9.2.6) as it comes in pieces. An event's data lines are joined by line feeds; data
 * that begins like a push message is decoded from base64url, other data is passed on as its bytes. Comments and other fields are
 * passed over. Lines end with LF or CR LF (a lone CR, which the format allows, is not looked for: no known server sends it).
 */
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const dataField = Buffer.from("data:");
/** How a push message of version 1 begins in base64. */
const pushStart = Buffer.from("SEYB");
/** Room for an event's other lines beside its data. */
const otherLinesBytes = 4096;

/** An event whose end has not come. */
interface Partial {
  bytes: Buffer;
  length: number;
  /** Where its last line begins, which is not whole either. */
  lineStart: number;
}

export type Deliver = (slot: number, bytes: Buffer, start: number, end: number, isLast: boolean) => void;

export class EventStream {
  readonly #maxMessageBytes: number;
  readonly #mostEventBytes: number;
  readonly #deliver: Deliver;
  readonly #partials = new Map<number, Partial>();
  readonly #data: Buffer;

  constructor(maxMessageBytes: number, deliver: Deliver) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#mostEventBytes = maxMessageBytes * 2 + otherLinesBytes;
    this.#deliver = deliver;
    this.#data = Buffer.alloc(this.#mostEventBytes);
  }

  reset(slot: number): void {
    this.#partials.delete(slot);
  }

  /** Takes the piece from `start` to `end`; `endsRead` when nothing was read after it. False when an event is larger than we accept. */
  take(slot: number, bytes: Buffer, start: number, end: number, endsRead: boolean): boolean {
    const partial = this.#partials.get(slot);
    if (partial === undefined) return this.#scan(slot, bytes, start, start, start, end, endsRead);
    const length = partial.length + end - start;
    if (length > partial.bytes.length) {
      const grown = Buffer.allocUnsafe(length * 2);
      partial.bytes.copy(grown, 0, 0, partial.length);
      partial.bytes = grown;
    }
    bytes.copy(partial.bytes, partial.length, start, end);
    return this.#scan(slot, partial.bytes, 0, partial.lineStart, partial.length, length, endsRead);
  }

  /** Delivers the events that are whole, and keeps the rest. An event begins at `first`, its last line at `line`; no line ends before `from`. */
  #scan(slot: number, bytes: Buffer, first: number, line: number, from: number, end: number, endsRead: boolean): boolean {
    let eventStart = first;
    let lineStart = line;
    for (let at = from; at < end; at = lineStart) {
      const feed = bytes.indexOf(lineFeed, at);
      if (feed < 0 || feed >= end) break;
      if (feed === lineStart || (feed === lineStart + 1 && bytes[lineStart] === carriageReturn)) {
        if (!this.#event(slot, bytes, eventStart, lineStart, endsRead && feed + 1 === end)) return false;
        eventStart = feed + 1;
      }
      lineStart = feed + 1;
    }
    return this.#keep(slot, bytes, eventStart, lineStart, end);
  }

  #keep(slot: number, bytes: Buffer, start: number, lineStart: number, end: number): boolean {
    if (start >= end) {
      this.#partials.delete(slot);
      return true;
    }
    // A lone CR may yet be the blank line that ends the event.
    const sure = end - lineStart === 1 && bytes[lineStart] === carriageReturn ? lineStart : end;
    if (sure - start > this.#mostEventBytes) return false;
    const known = this.#partials.get(slot);
    const room = known?.bytes ?? Buffer.allocUnsafe(Math.max(256, end - start));
    bytes.copy(room, 0, start, end);
    const partial = known ?? { bytes: room, length: 0, lineStart: 0 };
    partial.length = end - start;
    partial.lineStart = lineStart - start;
    if (known === undefined) this.#partials.set(slot, partial);
    return true;
  }

  /** One event: whole lines from `start` to `end`. */
  #event(slot: number, bytes: Buffer, start: number, end: number, isLast: boolean): boolean {
    if (end - start > this.#mostEventBytes) return false;
    const data = this.#data;
    let length = -1;
    for (let line = start; line < end; ) {
      const feed = bytes.indexOf(lineFeed, line);
      const lineEnd = feed > line && bytes[feed - 1] === carriageReturn ? feed - 1 : feed;
      const from = dataStart(bytes, line, lineEnd);
      if (from >= 0) {
        if (length < 0) length = 0;
        else data[length++] = lineFeed;
        length += bytes.copy(data, length, from, lineEnd);
      }
      line = feed + 1;
    }
    if (length < 0) return true;
    if (isPush(data, length)) length = decodeBase64(data, length);
    if (length > this.#maxMessageBytes) return false;
    this.#deliver(slot, data, 0, length, isLast);
    return true;
  }
}

/** Where the value of a data line begins, -1 when it is another field. */
function dataStart(bytes: Buffer, line: number, end: number): number {
  for (let i = 0; i < dataField.length; i++) {
    if (line + i === end && i === 4) return end;
    if (line + i >= end || bytes[line + i] !== dataField[i]) return -1;
  }
  const value = line + dataField.length;
  return value < end && bytes[value] === space ? value + 1 : value;
}

function isPush(data: Buffer, length: number): boolean {
  if (length < pushStart.length) return false;
  for (let i = 0; i < pushStart.length; i++) if (data[i] !== pushStart[i]) return false;
  return true;
}

/** What each character is worth in base64 and base64url (RFC 4648, sections 4 and 5). What is neither counts as zero bits: the push's check tells. */
const sixBits = new Uint8Array(256);
for (const [i, character] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].entries()) sixBits[character.charCodeAt(0)] = i;
sixBits["+".charCodeAt(0)] = 62;
sixBits["/".charCodeAt(0)] = 63;
const padding = "=".charCodeAt(0);

/** Decodes in place, without a string; returns the decoded length. */
export function decodeBase64(data: Buffer, length: number): number {
  let end = length;
  while (end > 0 && data[end - 1] === padding) end--;
  let to = 0;
  let at = 0;
  for (; at + 4 <= end; at += 4) {
    const word = (sixBits[data[at]!]! << 18) | (sixBits[data[at + 1]!]! << 12) | (sixBits[data[at + 2]!]! << 6) | sixBits[data[at + 3]!]!;
    data[to++] = word >> 16;
    data[to++] = (word >> 8) & 255;
    data[to++] = word & 255;
  }
  if (end - at >= 2) data[to++] = (sixBits[data[at]!]! << 2) | (sixBits[data[at + 1]!]! >> 4);
  if (end - at === 3) data[to++] = ((sixBits[data[at + 1]!]! & 15) << 4) | (sixBits[data[at + 2]!]! >> 2);
  return to;
}
