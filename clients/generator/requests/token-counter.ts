/** Counts the tokens that events report, stream by stream. One object for the streams of all slots. */
import type { Tally } from "../../measure/tally.ts";
import type { TokenPlace } from "../../scenario/token-place.ts";
import { valueAt } from "../json-place.ts";

export class TokenCounter {
  readonly #place: TokenPlace;
  readonly #tally: Tally;
  /** Tokens of each slot's stream so far; NaN while none of its events reported any. */
  readonly #tokens: Float64Array;

  constructor(place: TokenPlace, slots: number, tally: Tally) {
    this.#place = place;
    this.#tally = tally;
    this.#tokens = new Float64Array(slots).fill(Number.NaN);
  }

  begin(slot: number): void {
    this.#tokens[slot] = Number.NaN;
  }

  /** Reads an event's data. `isHeld`: it arrived within the hold. */
  event(slot: number, bytes: Buffer, start: number, end: number, isHeld: boolean): void {
    const told = this.#told(bytes, start, end);
    if (Number.isNaN(told)) return;
    const before = this.#tokens[slot]!;
    const known = Number.isNaN(before) ? 0 : before;
    const now = this.#place.counts === "total" ? Math.max(known, told) : known + told;
    this.#tokens[slot] = now;
    const { counts } = this.#tally;
    counts.streamTokens += now - known;
    if (isHeld) counts.streamTokensInHold += now - known;
  }

  /** The tokens an event reports; NaN for none. */
  #told(bytes: Buffer, start: number, end: number): number {
    const { path, counts } = this.#place;
    let value: unknown;
    try {
      value = valueAt(JSON.parse(bytes.toString("utf8", start, end)), path);
    } catch {
      return Number.NaN;
    }
    if (counts === "text") return typeof value === "string" ? Math.min(1, value.length) : Number.NaN;
    return typeof value === "number" && value >= 0 ? Math.round(value) : Number.NaN;
  }

  /** A slot's stream is complete. */
  complete(slot: number): void {
    const tokens = this.#tokens[slot]!;
    const { counts } = this.#tally;
    if (Number.isNaN(tokens)) counts.streamsTokenless++;
    else counts.streamTokensComplete += tokens;
  }
}
