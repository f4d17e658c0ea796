/**
 * What event stream clients remember across connections (WHATWG HTML, section 9.2): the last event id, which they send
 * when reconnecting, and the reconnect delay set by the target. Where ids are integers that increase by one, gaps are
 * counted as lost events. Columns by slot; each id is kept up to {@link mostIdBytes}.
 */
import type { Counter } from "../../measure/tally.ts";

/** Longest id that is kept, bytes. */
export const mostIdBytes = 256;

/** Whether a slot's connection sent a last event id when opening, and what has arrived since. */
const nothingSaid = 0;
const idSaid = 1;
const firstAwaited = 2;

const countedHere = [
  "returnsWithId",
  "returnsResumed",
  "returnsSkipped",
  "returnsRepeated",
  "returnsUnnumbered",
  "eventsNumbered",
  "eventsLost",
  "eventsLostAway",
  "eventsRepeated",
  "eventIdsTooLong",
] as const satisfies readonly Counter[];

export class LastEvents {
  readonly counts = Object.fromEntries(countedHere.map((name) => [name, 0])) as Record<
    (typeof countedHere)[number],
    number
  >;
  readonly #ids: Buffer;
  readonly #lengths: Uint16Array;
  /** The highest numeric id so far; NaN before the first. */
  readonly #numbers: Float64Array;
  readonly #retryMs: Float64Array;
  readonly #said: Uint8Array;

  constructor(slots: number) {
    this.#ids = Buffer.alloc(slots * mostIdBytes);
    this.#lengths = new Uint16Array(slots);
    this.#numbers = new Float64Array(slots).fill(Number.NaN);
    this.#retryMs = new Float64Array(slots).fill(Number.NaN);
    this.#said = new Uint8Array(slots);
  }

  /** The id a slot sends in its next request; empty when it has none. Remembers that it was sent. */
  say(slot: number): string {
    const length = this.#lengths[slot]!;
    this.#said[slot] = length > 0 ? idSaid : nothingSaid;
    return this.#ids.toString("utf8", slot * mostIdBytes, slot * mostIdBytes + length);
  }

  /** A slot's stream opened. */
  opened(slot: number): void {
    if (this.#said[slot] !== idSaid) return;
    this.#said[slot] = firstAwaited;
    this.counts.returnsWithId++;
  }

  /** Reconnect delay set by the target for a slot, milliseconds; NaN when it set none. */
  retryMs(slot: number): number {
    return this.#retryMs[slot]!;
  }

  retry(slot: number, waitMs: number): void {
    this.#retryMs[slot] = waitMs;
  }

  /** Records an event with an id; a `length` beyond {@link mostIdBytes} means that the id was not kept. */
  event(slot: number, id: Buffer, length: number): void {
    const isKept = length <= mostIdBytes;
    if (!isKept) this.counts.eventIdsTooLong++;
    this.#lengths[slot] = isKept ? id.copy(this.#ids, slot * mostIdBytes, 0, length) : 0;
    const number = isKept ? numberIn(id, length) : Number.NaN;
    const before = this.#numbers[slot]!;
    const isFirst = this.#said[slot] === firstAwaited;
    if (isFirst) this.#judgeReturn(slot, number - before);
    if (Number.isNaN(number)) return;
    if (number <= before) {
      this.counts.eventsRepeated++;
      return;
    }
    this.counts.eventsNumbered++;
    if (number > before + 1) {
      this.counts.eventsLost += number - before - 1;
      if (isFirst) this.counts.eventsLostAway += number - before - 1;
    }
    this.#numbers[slot] = number;
  }

  /**
   * `step`: from the last number before the reconnect to the first one after it; NaN when either id is not a number.
   */
  #judgeReturn(slot: number, step: number): void {
    this.#said[slot] = nothingSaid;
    if (step === 1) this.counts.returnsResumed++;
    else if (step > 1) this.counts.returnsSkipped++;
    else if (step <= 0) this.counts.returnsRepeated++;
    else this.counts.returnsUnnumbered++;
  }
}

const zero = 48;
const nine = 57;
/** A double cannot distinguish numbers with more digits. */
const mostDigits = 15;

/** The integer an id represents; NaN when it is not one. */
function numberIn(id: Buffer, length: number): number {
  if (length === 0 || length > mostDigits) return Number.NaN;
  let number = 0;
  for (let at = 0; at < length; at++) {
    const digit = id[at]!;
    if (digit < zero || digit > nine) return Number.NaN;
    number = number * 10 + digit - zero;
  }
  return number;
}
