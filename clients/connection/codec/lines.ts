/**
 * Messages framed as lines: of any line-based service over raw TCP, or of NATS, where the payload announced by an MSG
 * line is part of the message. Messages are delivered without the line ending, and it is added to those that are sent.
 */
import type { Protocol, Wire } from "./protocol.ts";

/** Message framing on raw TCP: a length prefix (docs/targets.md), one message per line, or NATS. */
export const framings = ["length", "lines", "nats"] as const;
export type Framing = (typeof framings)[number];

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const natsEnd = Buffer.from("\r\n");
const info = Buffer.from("INFO ");
const delivery = Buffer.from("MSG ");
const headed = Buffer.from("HMSG ");
const failure = Buffer.from("-ERR ");
const publication = Buffer.from("PUB ");
const pongLine = Buffer.from("PONG");
const pingLine = Buffer.from("PING\r\n");
const zero = 0x30;
const nine = 0x39;

interface LineOptions {
  slots: number;
  maxMessageBytes: number;
}

export class LineProtocol implements Protocol {
  needs = 1;
  readonly peerEndsFirst = false;
  /** A line-based service may wait for the client to speak first; NATS sends INFO first. */
  readonly opensAtOnce: boolean;
  readonly #wire: Wire;
  readonly #isNats: boolean;
  readonly #maxMessageBytes: number;
  readonly #end: Buffer;
  /** When a slot's unanswered ping was sent; 0 when none is pending. */
  readonly #pingNs: Float64Array;

  constructor({ slots, maxMessageBytes }: LineOptions, framing: "lines" | "nats", wire: Wire) {
    this.#wire = wire;
    this.#isNats = framing === "nats";
    this.#maxMessageBytes = maxMessageBytes;
    this.#end = this.#isNats ? natsEnd : natsEnd.subarray(1);
    this.opensAtOnce = !this.#isNats;
    this.#pingNs = new Float64Array(this.#isNats ? slots : 0);
  }

  greeting(): Uint8Array {
    return Buffer.alloc(0);
  }

  reset(slot: number): void {
    if (this.#isNats) this.#pingNs[slot] = 0;
  }

  farewell(): null {
    return null;
  }

  frame(payload: Uint8Array): Uint8Array {
    const message = this.#isNats ? withLength(payload) : payload;
    const framed = Buffer.allocUnsafe(message.length + this.#end.length);
    framed.set(message);
    framed.set(this.#end, message.length);
    return framed;
  }

  ping(sentNs: number, slot: number): Uint8Array | null {
    if (!this.#isNats || this.#pingNs[slot] !== 0) return null;
    this.#pingNs[slot] = sentNs;
    return pingLine;
  }

  take(slot: number, bytes: Buffer, start: number, end: number, open: boolean): number {
    let isOpen = open;
    let at = start;
    while (at < end) {
      const feed = bytes.indexOf(lineFeed, at);
      const lineEnd = feed < 0 || feed >= end ? -1 : feed;
      if ((lineEnd < 0 ? end : lineEnd) - at > this.#maxMessageBytes + 1) return this.#tooLarge(slot, end);
      if (lineEnd < 0) {
        this.needs = end - at + 1;
        return at;
      }
      const textEnd = lineEnd > at && bytes[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd;
      if (!isOpen) {
        if (!begins(bytes, at, textEnd, info)) {
          this.#wire.refused(slot, "upgrade-invalid", "bad-greeting");
          return end;
        }
        this.#wire.opened(slot);
        isOpen = true;
        at = lineEnd + 1;
        continue;
      }
      const length =
        this.#isNats && (begins(bytes, at, textEnd, delivery) || begins(bytes, at, textEnd, headed))
          ? lastNumber(bytes, at, textEnd)
          : -1;
      const bodyEnd = length < 0 ? textEnd : lineEnd + 1 + length;
      const next = length < 0 ? lineEnd + 1 : bodyEnd + natsEnd.length;
      if (bodyEnd - at > this.#maxMessageBytes) return this.#tooLarge(slot, end);
      if (next > end) {
        this.needs = next - at;
        return at;
      }
      if (!this.#tell(slot, bytes, at, bodyEnd, next === end)) return end;
      at = next;
    }
    this.needs = 1;
    return at;
  }

  #tooLarge(slot: number, end: number): number {
    this.#wire.violation(slot, "message-too-large");
    return end;
  }

  /** False when the rest must be dropped. */
  #tell(slot: number, bytes: Buffer, start: number, end: number, isLast: boolean): boolean {
    if (!this.#isNats) {
      this.#wire.message(slot, bytes, start, end, isLast);
      return true;
    }
    if (begins(bytes, start, end, failure)) {
      this.#wire.peerClosed(slot, 0, bytes.toString("utf8", start + failure.length, end).replace(/^'(.*)'$/, "$1"));
      return false;
    }
    const sentNs = this.#pingNs[slot]!;
    if (sentNs !== 0 && end - start === pongLine.length && begins(bytes, start, end, pongLine)) {
      this.#pingNs[slot] = 0;
      this.#wire.pong(slot, sentNs);
    } else this.#wire.message(slot, bytes, start, end, isLast);
    return true;
  }
}

function begins(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
  return end - start >= text.length && bytes.compare(text, 0, text.length, start, start + text.length) === 0;
}

/** The number at the end of a line; -1 when there is none. */
function lastNumber(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  let weight = 1;
  for (let at = end - 1; at >= start; at--) {
    const digit = bytes[at]!;
    if (digit < zero || digit > nine) return weight === 1 ? -1 : value;
    value += (digit - zero) * weight;
    weight *= 10;
  }
  return -1;
}

/** Adds the payload length to a PUB that lacks it. */
function withLength(payload: Uint8Array): Uint8Array {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const lineEnd = begins(bytes, 0, bytes.length, publication) ? bytes.indexOf(natsEnd) : -1;
  if (lineEnd < 0) return payload;
  const length = bytes.length - lineEnd - natsEnd.length;
  const words = bytes
    .toString("latin1", 0, lineEnd)
    .trimEnd()
    .split(/[ \t]+/);
  if (words.length > 2 && words.at(-1) === String(length)) return payload;
  return Buffer.concat([bytes.subarray(0, lineEnd), Buffer.from(` ${length}`), bytes.subarray(lineEnd)]);
}
