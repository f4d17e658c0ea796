/**
 * What clients of event streams remember over their connections (WHATWG HTML, section 9.2): the id of the last event,
 * which they say when they come back, and how long the target wants them to wait before. Ids that are whole numbers and
 * rise by one are accounted for: what is left out between two of them is lost. Columns by slot; of each id so many
 * bytes are kept.
 */
import type { Counter } from "../../measure/tally.ts";

/** Longest id that is kept, bytes. */
export const mostIdBytes = 256;

/** What a slot's connection said of the last event when it was opened, and what came since. */
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
  /** The highest number that was an id; NaN before one. */
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

  /** The id a slot says in the request it is about to send; empty where it has none. */
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

  /** How long the target wants a slot to wait before it comes back, milliseconds; NaN when it did not say. */
  retryMs(slot: number): number {
    return this.#retryMs[slot]!;
  }

  retry(slot: number, waitMs: number): void {
    this.#retryMs[slot] = waitMs;
  }

  /** An event with an id is whole; a `length` beyond {@link mostIdBytes} is that of an id that was not kept. */
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

  /** `step`: from the last number before to the first after the return; NaN where one of them is none. */
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
/** Numbers with more digits are not told apart by a double. */
const mostDigits = 15;

/** The whole number an id is; NaN when it is none. */
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
