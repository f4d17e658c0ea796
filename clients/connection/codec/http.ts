/**
 * The client's side of HTTP/1.1 (RFC 9112) as a codec over bytes: answers, one after the other on a kept connection,
 * pipelined or not. An answer is told by `message`, its body as the bytes, its status and the rest in the codec's
 * fields while it is told; one that came whole in one read allocates nothing. Requests are the caller's: it sends their
 * bytes and knows which were asked for.
 */
import { AnswerHead, malformed } from "./http-answer-head.ts";
import { GatheredBodies } from "./http-body.ts";
import { chunkSize, mostChunkLineBytes } from "./http-chunk.ts";
import { tooLong, unfinished } from "./http-head.ts";
import type { Protocol, ViolationRule, Wire } from "./protocol.ts";

const lineFeed = 10;
const carriageReturn = 13;

/** Where a slot's answer stands. */
const between = 0;
const head = 1;
const body = 2;
const chunks = 3;
const trailers = 4;
const untilEnd = 5;

/** Takes the bodies of answers as they come, instead of having them put together. */
export interface BodyReader {
  /** The head of an answer came; it is valid during the call. */
  begun(slot: number, head: AnswerHead): void;
  /** A part of its body, without the framing of chunks. May give the connection up. */
  part(slot: number, bytes: Buffer, start: number, end: number): void;
}

/** What a caller may ask of the codec. */
export interface HttpOptions {
  slots: number;
  /** A body that is to be looked at and comes in parts is put together up to this. */
  maxMessageBytes: number;
  /** Every request is a HEAD: no answer has a body. */
  isHead?: boolean;
  /** Whether the body of the slot's present answer is to be looked at. */
  wantsBody?: (slot: number) => boolean;
  /** Whether the slot's present answer is the last that was asked for: bytes behind it are none of an answer. */
  isLastAsked?: (slot: number) => boolean;
  /** Reads every body part by part; then `message` carries none. */
  reader?: BodyReader;
}

export class HttpProtocol implements Protocol {
  needs = 1;
  readonly peerEndsFirst = false;
  readonly opensAtOnce = true;
  /**
   * Of the answer being told: its status, whether the connection ends behind it, whether `message` carries its body.
   */
  status = 0;
  closes = false;
  hasBody = false;
  /** Bytes came with it that nobody asked for. */
  trails = false;
  /** Of the slot that ended last: whether an answer had begun and was not whole. */
  endedInside = false;
  readonly #wire: Wire;
  readonly #isHead: boolean;
  readonly #wantsBody: (slot: number) => boolean;
  readonly #isLastAsked: (slot: number) => boolean;
  readonly #reader: BodyReader | null;
  readonly #head: AnswerHead;
  readonly #state: Uint8Array;
  readonly #status: Uint16Array;
  readonly #closes: Uint8Array;
  /** What is still to come: of the body; of the present chunk, its closing CR LF included, 0 between chunks. */
  readonly #left: Float64Array;
  /** Counts the connections of a slot: what is left of a read of an earlier one is dropped. */
  readonly #life: Uint32Array;
  readonly #bodies: GatheredBodies;

  constructor(options: HttpOptions, wire: Wire) {
    this.#wire = wire;
    this.#reader = options.reader ?? null;
    this.#head = new AnswerHead(this.#reader !== null);
    this.#isHead = options.isHead ?? false;
    this.#wantsBody = options.wantsBody ?? (() => true);
    this.#isLastAsked = options.isLastAsked ?? (() => false);
    this.#state = new Uint8Array(options.slots);
    this.#status = new Uint16Array(options.slots);
    this.#closes = new Uint8Array(options.slots);
    this.#left = new Float64Array(options.slots);
    this.#life = new Uint32Array(options.slots);
    this.#bodies = new GatheredBodies(options.maxMessageBytes);
  }

  /** We speak when there is something to ask. */
  greeting(): Uint8Array {
    return nothing;
  }

  reset(slot: number): void {
    this.endedInside = this.#state[slot] !== between;
    this.#state[slot] = between;
    this.#life[slot]!++;
    this.#bodies.delete(slot);
  }

  farewell(): null {
    return null;
  }

  frame(payload: Uint8Array): Uint8Array {
    return payload;
  }

  ping(): null {
    return null;
  }

  take(slot: number, bytes: Buffer, start: number, end: number): number {
    const life = this.#life[slot]!;
    let at = start;
    while (at < end) {
      const next = this.#step(slot, bytes, at, end);
      if (next < 0 || this.#life[slot] !== life) return end;
      if (next === at) return at;
      at = next;
    }
    return at;
  }

  /** The peer's FIN: the end of a body without a length (section 6.3). */
  finish(slot: number): void {
    if (this.#state[slot] === untilEnd) this.#tellGathered(slot, true);
  }

  /**
   * Takes the next part of an answer. Returns where it ends, `at` when more is needed, -1 when the connection is over.
   */
  #step(slot: number, bytes: Buffer, at: number, end: number): number {
    switch (this.#state[slot]) {
      case body:
        return this.#takeBody(slot, bytes, at, end);
      case chunks:
        return this.#left[slot] === 0 ? this.#takeSize(slot, bytes, at, end) : this.#takeChunk(slot, bytes, at, end);
      case trailers:
        return this.#takeTrailer(slot, bytes, at, end);
      case untilEnd:
        return this.#takePart(slot, bytes, at, end) ? end : -1;
      default:
        return this.#takeHead(slot, bytes, at, end);
    }
  }

  #takeHead(slot: number, bytes: Buffer, at: number, end: number): number {
    const answer = this.#head;
    const begin = answer.read(bytes, at, end);
    if (begin < 0) {
      this.#state[slot] = head;
      if (begin === malformed) return this.#violation(slot, "bad-head");
      if (begin === tooLong) return this.#violation(slot, "head-too-large");
      this.needs = end - at + 1;
      return at;
    }
    const { status } = answer;
    if (status < 200) {
      this.#state[slot] = between;
      // Interim answers are passed over (section 15.2 of RFC 9110); an upgrade we did not ask for is not one.
      return status === 101 ? this.#violation(slot, "bad-head") : begin;
    }
    if (this.#reader !== null && !this.#beginsReading(slot)) return -1;
    const length =
      this.#isHead || status === 204 || status === 304 ? 0 : answer.hasTransferEncoding ? -1 : answer.contentLength;
    if (length >= 0 && begin + length <= end && this.#reader === null) {
      this.#state[slot] = between;
      this.status = status;
      this.closes = answer.closes;
      this.hasBody = true;
      this.trails = begin + length < end && this.#isLastAsked(slot);
      this.#wire.message(slot, bytes, begin, begin + length, begin + length === end || this.trails);
      return begin + length;
    }
    this.#beginBody(slot, length);
    if (length === 0) this.#tellGathered(slot, begin === end);
    return begin;
  }

  /** Tells the reader of a head; false when it gave the connection up. */
  #beginsReading(slot: number): boolean {
    const life = this.#life[slot]!;
    this.#reader?.begun(slot, this.#head);
    return this.#life[slot] === life;
  }

  /** A part of a body, to whom it belongs; false when the connection was given up for it. */
  #takePart(slot: number, bytes: Buffer, from: number, to: number): boolean {
    if (this.#reader === null) this.#bodies.add(slot, bytes, from, to);
    else if (to > from) {
      const life = this.#life[slot]!;
      this.#reader.part(slot, bytes, from, to);
      return this.#life[slot] === life;
    }
    return true;
  }

  /** The body has not all come with the head. */
  #beginBody(slot: number, length: number): void {
    const answer = this.#head;
    this.#status[slot] = answer.status;
    this.#closes[slot] = answer.closes || (length < 0 && !answer.isChunked) ? 1 : 0;
    this.#left[slot] = Math.max(0, length);
    this.#state[slot] = length >= 0 ? body : answer.isChunked ? chunks : untilEnd;
    if (this.#reader === null && this.#wantsBody(slot)) this.#bodies.begin(slot, length);
  }

  #takeBody(slot: number, bytes: Buffer, at: number, end: number): number {
    const left = this.#left[slot]!;
    const next = Math.min(end, at + left);
    if (!this.#takePart(slot, bytes, at, next)) return -1;
    this.#left[slot] = left - (next - at);
    if (next === at + left) this.#tellGathered(slot, next === end);
    return next;
  }

  /** The line before a chunk. */
  #takeSize(slot: number, bytes: Buffer, at: number, end: number): number {
    const feed = this.#lineEnd(bytes, at, end);
    if (feed < 0) return feed === unfinished ? at : this.#violation(slot, "bad-chunk");
    const size = chunkSize(bytes, at, feed);
    if (size < 0) return this.#violation(slot, "bad-chunk");
    if (size === 0) this.#state[slot] = trailers;
    else this.#left[slot] = size + 2;
    return feed + 1;
  }

  #takeChunk(slot: number, bytes: Buffer, at: number, end: number): number {
    const left = this.#left[slot]!;
    if (left <= 2) {
      if (bytes[at] !== (left === 2 ? carriageReturn : lineFeed)) return this.#violation(slot, "bad-chunk");
      this.#left[slot] = left - 1;
      return at + 1;
    }
    const next = Math.min(end, at + left - 2);
    if (!this.#takePart(slot, bytes, at, next)) return -1;
    this.#left[slot] = left - (next - at);
    return next;
  }

  /** Fields behind the last chunk are passed over; the empty line ends the answer. */
  #takeTrailer(slot: number, bytes: Buffer, at: number, end: number): number {
    const feed = this.#lineEnd(bytes, at, end);
    if (feed < 0) return feed === unfinished ? at : this.#violation(slot, "bad-chunk");
    if (feed === at || (feed === at + 1 && bytes[at] === carriageReturn)) this.#tellGathered(slot, feed + 1 === end);
    return feed + 1;
  }

  /** Where the line ends, {@link unfinished} (and {@link needs} is set) or {@link tooLong}. */
  #lineEnd(bytes: Buffer, at: number, end: number): number {
    const limit = Math.min(end, at + mostChunkLineBytes);
    for (let feed = at; feed < limit; feed++) if (bytes[feed] === lineFeed) return feed;
    if (limit < end || limit === at + mostChunkLineBytes) return tooLong;
    this.needs = end - at + 1;
    return unfinished;
  }

  /** Tells an answer whose body came in parts. */
  #tellGathered(slot: number, isLast: boolean): void {
    const gathered = this.#bodies.take(slot);
    this.#state[slot] = between;
    this.status = this.#status[slot]!;
    this.closes = this.#closes[slot] === 1;
    this.hasBody = gathered !== null;
    this.trails = !isLast && this.#isLastAsked(slot);
    this.#wire.message(slot, gathered ?? nothing, 0, gathered?.length ?? 0, isLast || this.trails);
  }

  #violation(slot: number, rule: ViolationRule): -1 {
    this.#wire.violation(slot, rule);
    return -1;
  }
}

const nothing = Buffer.alloc(0);
