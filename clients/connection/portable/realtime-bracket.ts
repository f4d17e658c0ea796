/**
 * Bounds for CLOCK_REALTIME minus CLOCK_MONOTONIC, from readings of a realtime clock with whole milliseconds, each
 * between two monotonic readings:
 *
 *   monotonic:   before |<------ read here ------>| after       read = floor(realtime / 1 ms)
 *   offset:      between read - after and read + 1 ms - before
 *
 * Each reading bounds the offset; together they are as precise as the narrowest pair of readings around a millisecond
 * change. An interruption makes a reading less precise, never wrong. Pure.
 */
export class RealtimeBracket {
  /**
   * Bounds of the offset, nanoseconds, relative to {@link originMs}: small enough for a double to hold every
   * nanosecond.
   */
  lowNs = Number.NEGATIVE_INFINITY;
  highNs = Number.POSITIVE_INFINITY;
  readonly originMs: number;

  /** `originMs`: any reading; bounds are relative to it. */
  constructor(originMs: number) {
    this.originMs = originMs;
  }

  get widthNs(): number {
    return this.highNs - this.lowNs;
  }

  /** Adds a reading. False when it contradicts earlier ones: a clock was set in between, so bracketing must restart. */
  add(beforeNs: number, realtimeMs: number, afterNs: number): boolean {
    const readNs = (realtimeMs - this.originMs) * 1e6;
    this.lowNs = Math.max(this.lowNs, readNs - afterNs);
    this.highNs = Math.min(this.highNs, readNs + 1e6 - beforeNs);
    return this.lowNs <= this.highNs;
  }

  /** How far an offset lies outside the bounds, nanoseconds; 0 within. */
  distanceNs(offsetNs: number): number {
    return Math.max(0, this.lowNs - offsetNs, offsetNs - this.highNs);
  }
}
