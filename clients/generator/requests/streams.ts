/**
 * Reads the responses of a streams run event by event: when the first byte and first event of each arrived, the gaps
 * between events, and whether it ended as expected. One object reads the streams of all slots, in columns; one stream
 * per slot at a time.
 *
 * A kernel stamp is that of a read's last byte, so events that arrive in one read share a stamp: the gap before a read
 * counts only when the read held a single event. The gaps between events of one read are counted separately and not
 * included in any distribution.
 */
import type { CodecEngine } from "../../connection/codec/codec-engine.ts";
import { EventStream } from "../../connection/codec/event-stream.ts";
import type { BodyReader } from "../../connection/codec/http.ts";
import type { AnswerHead } from "../../connection/codec/http-answer-head.ts";
import type { Histogram } from "../../measure/histogram/histogram.ts";
import { type RequestCause, requestCauseIndex, requestCauseList } from "../../measure/request-cause.ts";
import type { Tally } from "../../measure/tally.ts";
import { type ContentDecoder, contentCodings, makeDecoder } from "./content-decoder.ts";
import { EventMatcher } from "./event-matcher.ts";
import { LineStream } from "./line-stream.ts";
import { RetryAfters } from "./retry-afters.ts";
import type { StreamPlan } from "./stream-plan.ts";
import { TokenCounter } from "./token-counter.ts";

/** States of a slot's stream. */
const asked = 0;
const reading = 1;
/** Its end mark arrived; the rest of its body is skipped. */
const complete = 2;
/** It reported a failure or cannot be decoded; the cause is in the column of causes. */
const failed = 3;
/** Its status is not the expected one; its body is skipped. */
const ignored = 4;

/** What the accounts know about the stream's request. */
export interface AskedStreams {
  /** When the times of a slot's stream start, and whether they are measured. */
  askedNs(slot: number): number;
  isMeasured(slot: number): boolean;
  isStatusRight(status: number): boolean;
  isWithinHold(atNs: number): boolean;
}

/** How long a body may continue after its end mark before its connection is closed. */
const overrunNs = 1e9;

export class Streams implements BodyReader {
  readonly #plan: StreamPlan;
  readonly #asked: AskedStreams;
  readonly #tally: Tally;
  readonly #ends: EventMatcher | null;
  readonly #fails: EventMatcher | null;
  readonly #tokens: TokenCounter | null;
  readonly #events: EventStream;
  readonly #lines: LineStream;
  readonly #state: Uint8Array;
  readonly #isLines: Uint8Array;
  /** Cause of a failed stream, an index into {@link requestCauseList}. */
  readonly #causes: Uint8Array;
  /** Status of the response, 0 before its head arrived. */
  readonly #status: Uint16Array;
  readonly #retryAfters: RetryAfters;
  readonly #lastNs: Float64Array;
  readonly #readNs: Float64Array;
  readonly #inRead: Uint32Array;
  /** The gap before the current read, NaN before the first event. */
  readonly #gapNs: Float64Array;
  readonly #longestNs: Float64Array;
  readonly #endNs: Float64Array;
  readonly #decoders = new Map<number, ContentDecoder>();
  readonly #firstByte: Histogram;
  readonly #firstEvent: Histogram;
  readonly #gaps: Histogram;
  readonly #longest: Histogram;
  /**
   * The event being handled lacks its final empty line: not an event (WHATWG HTML, section 9.2.6), but it may be the
   * end mark.
   */
  #isUnfinished = false;
  #engine!: CodecEngine;

  constructor(plan: StreamPlan, slots: number, maxEventBytes: number, tally: Tally, asked: AskedStreams) {
    this.#plan = plan;
    this.#asked = asked;
    this.#tally = tally;
    this.#ends = plan.ends.by === "body" ? null : new EventMatcher(plan.ends);
    this.#fails = plan.fails === null ? null : new EventMatcher(plan.fails);
    this.#tokens = plan.tokens === undefined ? null : new TokenCounter(plan.tokens, slots, tally);
    this.#events = new EventStream({ slots, maxEventBytes, readsNames: true }, (slot, bytes, start, end) =>
      this.#event(slot, this.#events.name, bytes, start, end),
    );
    this.#lines = new LineStream(maxEventBytes, (slot, bytes, start, end) => this.#event(slot, "", bytes, start, end));
    this.#state = new Uint8Array(slots);
    this.#isLines = new Uint8Array(slots);
    this.#causes = new Uint8Array(slots);
    this.#status = new Uint16Array(slots);
    this.#retryAfters = new RetryAfters(slots);
    this.#lastNs = new Float64Array(slots);
    this.#readNs = new Float64Array(slots);
    this.#inRead = new Uint32Array(slots);
    this.#gapNs = new Float64Array(slots);
    this.#longestNs = new Float64Array(slots);
    this.#endNs = new Float64Array(slots);
    this.#firstByte = tally.histogram("firstByte");
    this.#firstEvent = tally.histogram("firstEvent");
    this.#gaps = tally.histogram("eventGap");
    this.#longest = tally.histogram("longestGap");
  }

  /** Sets the engine that the streams are read from. */
  serve(engine: CodecEngine): void {
    this.#engine = engine;
  }

  /** A slot requested its next stream. */
  ask(slot: number): void {
    this.#state[slot] = asked;
    this.#status[slot] = 0;
    this.#retryAfters.clear(slot);
    this.#inRead[slot] = 0;
    this.#readNs[slot] = 0;
    this.#gapNs[slot] = Number.NaN;
    this.#longestNs[slot] = 0;
    this.#tokens?.begin(slot);
    this.#events.reset(slot);
    this.#lines.reset(slot);
    this.#dropDecoder(slot);
  }

  begun(slot: number, head: AnswerHead): void {
    const { stampNs } = this.#engine;
    this.#lastNs[slot] = stampNs;
    this.#status[slot] = head.status;
    if (!this.#asked.isStatusRight(head.status)) {
      this.#state[slot] = ignored;
      this.#retryAfters.record(slot, head.retryAfter);
      return;
    }
    this.#state[slot] = reading;
    if (this.#asked.isMeasured(slot)) this.#firstByte.recordNs(stampNs - this.#asked.askedNs(slot));
    const { format } = this.#plan;
    this.#isLines[slot] = format === "lines" || (format === "auto" && head.contentType !== "text/event-stream") ? 1 : 0;
    if (!contentCodings.includes(head.contentEncoding)) return this.#fail(slot, "bad-encoding");
    const decoder = makeDecoder(head.contentEncoding);
    if (decoder !== null) this.#decoders.set(slot, decoder);
  }

  part(slot: number, bytes: Buffer, start: number, end: number): void {
    if (this.#state[slot] !== reading) return;
    const decoder = this.#decoders.size > 0 ? this.#decoders.get(slot) : undefined;
    if (decoder === undefined) return this.#take(slot, bytes, start, end);
    const decoded = decoder.decode(bytes, start, end);
    if (decoded === null) return this.#fail(slot, "bad-encoding");
    if (decoded.length > 0) this.#take(slot, decoded, 0, decoded.length);
  }

  #take(slot: number, bytes: Buffer, start: number, end: number): void {
    const isTaken =
      this.#isLines[slot] === 1
        ? this.#lines.take(slot, bytes, start, end)
        : this.#events.take(slot, bytes, start, end, true);
    if (!isTaken && this.#state[slot] === reading) this.#fail(slot, "malformed");
  }

  /** Counts an event; false when the rest of the body is skipped. */
  #event(slot: number, name: string, bytes: Buffer, start: number, end: number): boolean {
    if (this.#state[slot] !== reading) return false;
    const { stampNs, readNs } = this.#engine;
    if (this.#fails?.matches(name, bytes, start, end)) {
      this.#fail(slot, "error-event");
      return false;
    }
    if (this.#tokens !== null && !this.#isUnfinished && this.#asked.isMeasured(slot))
      this.#tokens.event(slot, bytes, start, end, this.#asked.isWithinHold(stampNs));
    if (this.#ends?.matches(name, bytes, start, end)) {
      this.#state[slot] = complete;
      this.#endNs[slot] = stampNs;
      return false;
    }
    if (this.#isUnfinished) return true;
    if (this.#asked.isMeasured(slot)) this.#measure(slot, stampNs, readNs, end - start);
    this.#lastNs[slot] = stampNs;
    this.#readNs[slot] = readNs;
    return true;
  }

  #measure(slot: number, stampNs: number, readNs: number, bytes: number): void {
    const { counts } = this.#tally;
    counts.streamEvents++;
    counts.streamEventBytes += bytes;
    if (this.#readNs[slot] === readNs) {
      this.#inRead[slot]!++;
      return;
    }
    const isFirst = this.#inRead[slot] === 0;
    this.#settleGap(slot);
    this.#inRead[slot] = 1;
    this.#gapNs[slot] = isFirst ? Number.NaN : stampNs - this.#lastNs[slot]!;
    if (isFirst) this.#firstEvent.recordNs(stampNs - this.#asked.askedNs(slot));
  }

  /**
   * Settles the gap before the previous read: it counts if that read held one event, and is counted separately
   * otherwise.
   */
  #settleGap(slot: number): void {
    const gapNs = this.#gapNs[slot]!;
    if (this.#inRead[slot]! > 1) this.#tally.counts.streamEventsTogether += this.#inRead[slot]!;
    else if (!Number.isNaN(gapNs)) this.#gaps.recordNs(gapNs);
    // No data arrived for this long, no matter how many events the read contained.
    if (gapNs > this.#longestNs[slot]!) this.#longestNs[slot] = gapNs;
  }

  #fail(slot: number, cause: RequestCause): void {
    this.#state[slot] = failed;
    this.#causes[slot] = requestCauseIndex[cause];
  }

  /** The outcome of a slot's stream whose body ended, or whose connection ended within it; null: it is complete. */
  outcome(slot: number, bodyEnded: boolean): RequestCause | null {
    if (bodyEnded && this.#state[slot] === reading) this.#finish(slot);
    if (this.#inRead[slot]! > 0) this.#settleGap(slot);
    if (this.#longestNs[slot]! > 0) this.#longest.recordNs(this.#longestNs[slot]!);
    this.#inRead[slot] = 0;
    this.#gapNs[slot] = Number.NaN;
    this.#longestNs[slot] = 0;
    this.#dropDecoder(slot);
    switch (this.#state[slot]) {
      case complete:
        return null;
      case failed:
        return requestCauseList[this.#causes[slot]!]!;
      case ignored:
        return "status";
      case reading:
        return "stream-cut";
      default:
        return "connection-closed";
    }
  }

  /** The body ended: a last event may lack its empty line, and a stream without an end mark is complete. */
  #finish(slot: number): void {
    this.#isUnfinished = this.#isLines[slot] === 0;
    if (this.#isUnfinished) this.#events.finish(slot, true);
    else if (!this.#lines.finish(slot) && this.#state[slot] === reading) this.#fail(slot, "malformed");
    this.#isUnfinished = false;
    if (this.#ends === null && this.#state[slot] === reading) {
      this.#state[slot] = complete;
      this.#endNs[slot] = this.#engine.stampNs;
    }
  }

  /** Counts the tokens of a complete, measured stream. */
  countTokens(slot: number): void {
    this.#tokens?.complete(slot);
  }

  /** Whether a slot's stream has its end mark. */
  isComplete(slot: number): boolean {
    return this.#state[slot] === complete;
  }

  /** Whether a slot's response has begun. */
  hasBegun(slot: number): boolean {
    return this.#state[slot] !== asked;
  }

  /** When a slot's stream was complete. */
  endNs(slot: number): number {
    return this.#endNs[slot]!;
  }

  /** The status of a slot's response, 0 when none arrived. */
  status(slot: number): number {
    return this.#status[slot]!;
  }

  /** The Retry-After of a slot's response with an unexpected status; empty when it has none. */
  retryAfter(slot: number): string {
    return this.#retryAfters.of(slot);
  }

  /**
   * The deadline that a slot's stream has missed, null for none; "over" for a body that continues after its end mark.
   */
  overdue(slot: number, sentNs: number, atNs: number): "first-event-timeout" | "gap-timeout" | "over" | null {
    const state = this.#state[slot]!;
    if (state === complete) return atNs - this.#endNs[slot]! > overrunNs ? "over" : null;
    const hasEvent = state === reading && this.#inRead[slot]! > 0;
    if (state === asked || (state === reading && !hasEvent))
      return atNs - sentNs > this.#plan.firstEventTimeoutMs * 1e6 ? "first-event-timeout" : null;
    return atNs - this.#lastNs[slot]! > this.#plan.gapTimeoutMs * 1e6 ? "gap-timeout" : null;
  }

  #dropDecoder(slot: number): void {
    if (this.#decoders.size === 0) return;
    this.#decoders.get(slot)?.close();
    this.#decoders.delete(slot);
  }
}
