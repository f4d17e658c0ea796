/**
 * The client side of HTTP/1.1 (RFC 9112) as a codec over bytes: responses one after the other on a persistent
 * connection, pipelined or not. A response is delivered through `message`: its body as the bytes, its status and the
 * rest in the codec's fields for the duration of the call. One that arrives whole in one read allocates nothing. The
 * caller sends the requests and knows which are pending.
 */
import { AnswerHead, malformed } from "./http-answer-head.ts";
import { GatheredBodies } from "./http-body.ts";
import { chunkSize, mostChunkLineBytes } from "./http-chunk.ts";
import { tooLong, unfinished } from "./http-head.ts";
import type { Protocol, ViolationRule, Wire } from "./protocol.ts";

const lineFeed = 10;
const carriageReturn = 13;

/** States of a slot's response. */
const between = 0;
const head = 1;
const body = 2;
const chunks = 3;
const trailers = 4;
const untilEnd = 5;

/** Receives bodies part by part as they arrive, instead of having them assembled. */
export interface BodyReader {
  /** The head of a response arrived; it is valid during the call. */
  begun(slot: number, head: AnswerHead): void;
  /** A part of the body, without chunk framing. The callee may abandon the connection. */
  part(slot: number, bytes: Buffer, start: number, end: number): void;
}

/** Options of the codec. */
export interface HttpOptions {
  slots: number;
  /** Largest body that is assembled when it arrives in parts and is to be checked, bytes. */
  maxMessageBytes: number;
  /** Every request is a HEAD, so no response has a body. */
  isHead?: boolean;
  /** Whether the body of the slot's current response is to be checked. */
  wantsBody?: (slot: number) => boolean;
  /** Whether the slot's current response is the last one pending, so that bytes after it belong to no response. */
  isLastAsked?: (slot: number) => boolean;
  /** Reads every body part by part; `message` then carries no body. */
  reader?: BodyReader;
}

export class HttpProtocol implements Protocol {
  needs = 1;
  readonly peerEndsFirst = false;
  readonly opensAtOnce = true;
  /**
   * The response being delivered: its status, whether the connection ends after it, whether `message` carries its body.
   */
  status = 0;
  closes = false;
  hasBody = false;
  /** Unrequested bytes followed it. */
  trails = false;
  /** For the slot that ended last: whether a response had begun and was incomplete. */
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
  /** Bytes still to come: of the body, or of the current chunk including its closing CR LF; 0 between chunks. */
  readonly #left: Float64Array;
  /** Counts the connections of a slot, so that the rest of a read of an earlier connection is dropped. */
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

  /** Nothing: HTTP sends only when there is a request. */
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

  /** The peer's FIN: ends a body without a length (section 6.3). */
  finish(slot: number): void {
    if (this.#state[slot] === untilEnd) this.#tellGathered(slot, true);
  }

  /**
   * Parses the next part of a response. Returns where it ends, `at` when more bytes are needed, -1 when the connection
   * is over.
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
      // Interim responses are skipped (RFC 9110, section 15.2); an unrequested upgrade is a violation.
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

  /** Passes a head to the reader; false when the reader abandoned the connection. */
  #beginsReading(slot: number): boolean {
    const life = this.#life[slot]!;
    this.#reader?.begun(slot, this.#head);
    return this.#life[slot] === life;
  }

  /** Passes on a part of a body; false when the connection was abandoned. */
  #takePart(slot: number, bytes: Buffer, from: number, to: number): boolean {
    if (this.#reader === null) this.#bodies.add(slot, bytes, from, to);
    else if (to > from) {
      const life = this.#life[slot]!;
      this.#reader.part(slot, bytes, from, to);
      return this.#life[slot] === life;
    }
    return true;
  }

  /** Handles a body that did not arrive completely with the head. */
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

  /** Trailer fields after the last chunk are skipped; the empty line ends the response. */
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

  /** Delivers a response whose body arrived in parts. */
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
