/**
 * The log that a pipeline scenario parses: JSON lines with the fields of docs/targets.md, generated from a seed. Its
 * contents are known by arithmetic instead of counting: good line g of G introduces a new user where ceil((g + 1) U /
 * G) > ceil(g U / G), so exactly U users appear, spread over the whole log whatever its size; bad lines are placed
 * similarly. Lines are assembled from encoded pieces, without an object or a string for each.
 */
import { LogPieces, type PieceGroup } from "./log-pieces.ts";

/** Parameters of a log. `uniqueUsers` is at most `lines - badLines`. */
export interface LogPlan {
  lines: number;
  /** Mean length of a line including the line end, bytes; at least 384. */
  bytesPerLine: number;
  uniqueUsers: number;
  badLines: number;
  seed: number;
}

/** Exact contents of a log. `firstBadLine` counts from 1. */
export interface LogTruth {
  lines: number;
  uniqueUsers: number;
  events: Record<string, number>;
  bad: number;
  firstBadLine: number | null;
  bytes: number;
}

/** Free buffer space needed to write one more line, bytes: its longest possible length at this mean. */
export const roomForLine = (bytesPerLine: number): number => 2 * bytesPerLine + 4096;

/** Whether one of `parts` items, spread evenly over `whole` steps, falls on step `index` (from 0). */
const fallsOn = (index: number, parts: number, whole: number): boolean =>
  Math.floor(((index + 1) * parts) / whole) > Math.floor((index * parts) / whole);

/** The line numbers (from 1) of the bad lines, in order. */
export function* badLineNumbers({ lines, badLines }: Pick<LogPlan, "lines" | "badLines">): Generator<number> {
  for (let bad = 1; bad <= badLines; bad++) yield Math.ceil((bad * lines) / badLines);
}

const firstInstantMs = Date.UTC(2026, 0, 1);
const msPerLine = 7;
/** Every 64th good line spells its user with an escape: the same user to a parser, but not to a text search. */
const escapedUserEvery = 64;
const badKinds = 12;

/** Writes a log in parts and keeps track of what it wrote. */
export class LogLines {
  readonly #plan: LogPlan;
  readonly #pieces = new LogPieces();
  readonly #eventCounts: number[];
  #state: number;
  #line = 0;
  #good = 0;
  #bad = 0;
  #firstBadLine: number | null = null;
  #users = 0;
  #bytes = 0;
  #second = -1;

  constructor(plan: LogPlan) {
    this.#plan = plan;
    this.#state = (plan.seed ^ 0x9e3779b9) >>> 0 || 1;
    this.#eventCounts = new Array<number>(this.#pieces.eventNames.length).fill(0);
  }

  /** What has been written so far; the contents of the whole log once {@link fill} has returned 0. */
  get truth(): LogTruth {
    const events = Object.fromEntries(
      this.#pieces.eventNames
        .map((name, index) => [name, this.#eventCounts[index] ?? 0] as const)
        .filter(([, count]) => count > 0),
    );
    return {
      lines: this.#line,
      uniqueUsers: this.#users,
      events,
      bad: this.#bad,
      firstBadLine: this.#firstBadLine,
      bytes: this.#bytes,
    };
  }

  /**
   * Writes whole lines into a buffer until it is nearly full or the log is complete; returns the bytes written, 0 after
   * the last line.
   */
  fill(into: Buffer): number {
    const { lines, badLines, bytesPerLine } = this.#plan;
    const last = into.length - roomForLine(bytesPerLine);
    if (last < 0) throw new RangeError(`a log buffer needs ${roomForLine(bytesPerLine)} bytes, got ${into.length}`);
    let at = 0;
    while (this.#line < lines && at <= last) {
      const isBad = badLines > 0 && fallsOn(this.#line, badLines, lines);
      const end = isBad ? this.#writeBad(into, at) : this.#writeGood(into, at);
      this.#line++;
      this.#bytes += end - at;
      at = end;
    }
    return at;
  }

  /** xorshift32: the state is the number; never 0. */
  #next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }

  #writeGood(into: Buffer, from: number): number {
    const { uniqueUsers, lines, badLines } = this.#plan;
    const good = lines - badLines;
    const isNew = Math.ceil(((this.#good + 1) * uniqueUsers) / good) > Math.ceil((this.#good * uniqueUsers) / good);
    // The square favours early users: a few users cause most of the traffic, as in real logs.
    const share = this.#next() / 4_294_967_296;
    const user = isNew ? this.#users++ : Math.floor(share * share * this.#users);
    const escaped = this.#good % escapedUserEvery === escapedUserEvery - 1;
    this.#good++;
    return this.#writeLine(into, from, user, escaped);
  }

  #writeLine(into: Buffer, from: number, user: number, escaped: boolean): number {
    const pieces = this.#pieces;
    let at = this.#writeTime(into, from);
    at = pieces.put(into, at, pieces.userKey, escaped ? 1 : 0);
    at = putHex(into, at, this.#userCode(user));
    const event = pieces.eventOf(this.#next());
    this.#eventCounts[event] = (this.#eventCounts[event] ?? 0) + 1;
    at = pieces.put(into, at, pieces.events, event);
    const chance = this.#next();
    at = this.#putAny(into, at, pieces.paths, chance);
    at = this.#putAny(into, at, pieces.statuses, chance >>> 12);
    at = putLatency(into, at, this.#next());
    at = this.#putAny(into, at, pieces.agents, chance >>> 20);
    at = putHex(into, putHex(into, at, this.#next()), this.#next());
    const more = this.#next();
    at = this.#putAny(into, at, pieces.referrers, more);
    at = this.#putAny(into, at, pieces.extras, more >>> 10);
    return pieces.put(into, this.#putFiller(into, at, from), pieces.end, 0);
  }

  #putAny(into: Buffer, at: number, group: PieceGroup, chance: number): number {
    return this.#pieces.put(into, at, group, chance % group.count);
  }

  /** Adds text to bring the line to 0.7 to 1.3 times the mean length, and the log so far to the mean. */
  #putFiller(into: Buffer, at: number, from: number): number {
    const { bytesPerLine } = this.#plan;
    const wanted = Math.floor(bytesPerLine * (0.7 + (0.6 * this.#next()) / 4_294_967_296));
    const debt = bytesPerLine * this.#line - this.#bytes;
    const correction = Math.max(-bytesPerLine, Math.min(bytesPerLine / 2, debt));
    const length =
      Math.min(Math.floor(wanted + correction), Math.floor(1.8 * bytesPerLine)) - (at - from) - this.#pieces.endBytes;
    return length > 0 ? this.#pieces.putFiller(into, at, this.#next(), length) : at;
  }

  /** A bijection on 32 bits: distinct users have distinct, random-looking codes. */
  #userCode(user: number): number {
    return (Math.imul(user, 0x9e3779b1) ^ this.#plan.seed) >>> 0;
  }

  #writeTime(into: Buffer, from: number): number {
    const atMs = this.#line * msPerLine;
    const second = Math.floor(atMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#pieces.setSecond(`{"ts":"${new Date(firstInstantMs + second * 1000).toISOString().slice(0, 20)}`);
    }
    const at = this.#pieces.put(into, from, this.#pieces.time, 0);
    const rest = atMs - second * 1000;
    into[at] = 48 + ((rest / 100) | 0);
    into[at + 1] = 48 + (((rest / 10) | 0) % 10);
    into[at + 2] = 48 + (rest % 10);
    return at + 3;
  }

  /**
   * Writes one of twelve kinds of bad line in turn, starting from one chosen by the seed: truncated, not JSON, an
   * array, null, an empty line, a missing field, a wrong type, and things that lenient parsers accept: NaN, an
   * infinity, signs and zeros JSON forbids, a raw control character, a key in another case.
   */
  #writeBad(into: Buffer, from: number): number {
    const kind = (this.#bad + this.#plan.seed) % badKinds;
    this.#bad++;
    this.#firstBadLine ??= this.#line + 1;
    if (kind > 0) return this.#pieces.put(into, from, this.#pieces.bad, kind - 1);
    const at = this.#writeTime(into, from);
    return this.#pieces.put(into, this.#pieces.put(into, at, this.#pieces.userKey, 0), this.#pieces.newline, 0);
  }
}

const hexDigits = Buffer.from("0123456789abcdef");

function putHex(into: Buffer, at: number, value: number): number {
  for (let shift = 28, index = at; shift >= 0; shift -= 4, index++) into[index] = hexDigits[(value >>> shift) & 15]!;
  return at + 8;
}

/** A latency from 0.000 to 999.999, small values more often; without leading zeros, which JSON forbids. */
function putLatency(into: Buffer, from: number, chance: number): number {
  const whole = chance & 1 ? (chance >>> 8) % 1000 : (chance >>> 8) % 50;
  let at = from;
  if (whole >= 100) into[at++] = 48 + ((whole / 100) | 0);
  if (whole >= 10) into[at++] = 48 + (((whole / 10) | 0) % 10);
  into[at++] = 48 + (whole % 10);
  const part = (chance >>> 18) % 1000;
  into[at++] = 46;
  into[at++] = 48 + ((part / 100) | 0);
  into[at++] = 48 + (((part / 10) | 0) % 10);
  into[at++] = 48 + (part % 10);
  return at;
}
