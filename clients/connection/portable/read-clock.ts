/**
 * The offset between CLOCK_REALTIME and CLOCK_MONOTONIC without native calls: Date.now() only has whole milliseconds,
 * so it is read repeatedly, each time between two monotonic readings, until a millisecond change was bracketed closely
 * enough.
 */
import { type ClockOffset, clockJumpNs, nowNs } from "../../measure/clock.ts";
import { RealtimeBracket } from "./realtime-bracket.ts";

/**
 * Wanted precision of the offset, and the longest time spent on it: on a busy machine no reading may be narrow enough.
 */
const wantedWidthNs = 20_000;
const longestNs = 4e6;

/** The two clocks. */
export interface ReadableClocks {
  nowNs(): number;
  realtimeMs(): number;
}

const hostClocks: ReadableClocks = { nowNs, realtimeMs: () => Date.now() };

export class ReadClock {
  readonly offset: ClockOffset = { seconds: 0, nanoseconds: 0 };
  readonly #clocks: ReadableClocks;
  #isKnown = false;
  /**
   * Uncertainty of the offset, nanoseconds: after an imprecise first reading, a better one must not look like a clock
   * jump.
   */
  #doubtNs = 0;

  constructor(clocks: ReadableClocks = hostClocks) {
    this.#clocks = clocks;
    this.sync();
  }

  /**
   * Re-reads the offset. Returns whether the realtime clock jumped since the last call: moved by more than the
   * uncertainty of the readings.
   */
  sync(): boolean {
    const bracket = this.#read();
    const originNs = (this.offset.seconds * 1000 - bracket.originMs) * 1e6 + this.offset.nanoseconds;
    const hasJumped = this.#isKnown && bracket.distanceNs(originNs) > clockJumpNs.read + this.#doubtNs;
    // If all readings were interrupted, the previous offset is better: it is moved only as far as they require.
    const isClose = !this.#isKnown || hasJumped || bracket.widthNs <= wantedWidthNs;
    const offsetNs = isClose
      ? bracket.lowNs + bracket.widthNs / 2
      : Math.min(bracket.highNs, Math.max(bracket.lowNs, originNs));
    if (isClose) this.#doubtNs = bracket.widthNs / 2;
    this.#set(bracket.originMs, offsetNs);
    this.#isKnown = true;
    return hasJumped;
  }

  #read(): RealtimeBracket {
    let before = this.#clocks.nowNs();
    const startNs = before;
    let bracket = new RealtimeBracket(this.#clocks.realtimeMs());
    while (bracket.widthNs > wantedWidthNs && before - startNs < longestNs) {
      const realtimeMs = this.#clocks.realtimeMs();
      const after = this.#clocks.nowNs();
      if (!bracket.add(before, realtimeMs, after)) bracket = new RealtimeBracket(realtimeMs);
      before = after;
    }
    return bracket;
  }

  #set(originMs: number, offsetNs: number): void {
    const seconds = Math.floor(originMs / 1000) + Math.floor(offsetNs / 1e9);
    this.offset.seconds = seconds;
    this.offset.nanoseconds = (originMs % 1000) * 1e6 + (offsetNs - Math.floor(offsetNs / 1e9) * 1e9);
  }
}
