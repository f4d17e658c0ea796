/**
 * The offset between CLOCK_REALTIME and CLOCK_MONOTONIC without asking the kernel: Date.now() has whole milliseconds,
 * so it is read again and again, each time between two readings of ours, until a change of the millisecond was seen
 * closely enough.
 */
import { type ClockOffset, clockJumpNs, nowNs } from "../../measure/clock.ts";
import { RealtimeBracket } from "./realtime-bracket.ts";

/** As close as the offset must be known, and for how long it may be tried: a busy machine lets no reading be narrow. */
const wantedWidthNs = 20_000;
const longestNs = 4e6;

/** The two clocks, read. */
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
   * How far the offset may lie from the truth, nanoseconds: a first reading that was interrupted must not make a better
   * one a jump.
   */
  #doubtNs = 0;

  constructor(clocks: ReadableClocks = hostClocks) {
    this.#clocks = clocks;
    this.sync();
  }

  /**
   * Re-reads the offset. Returns whether the realtime clock jumped since the last call: moved by more than what
   * readings leave open.
   */
  sync(): boolean {
    const bracket = this.#read();
    const originNs = (this.offset.seconds * 1000 - bracket.originMs) * 1e6 + this.offset.nanoseconds;
    const hasJumped = this.#isKnown && bracket.distanceNs(originNs) > clockJumpNs.read + this.#doubtNs;
    // Readings that were all interrupted say less than what was known before: that is moved only as far as they demand.
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
