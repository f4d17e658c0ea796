/**
 * Where CLOCK_REALTIME minus CLOCK_MONOTONIC lies, from readings of a realtime clock of whole milliseconds between two
 * of the monotonic one:
 *
 *   monotonic:   before |<------ read here ------>| after       read = floor(realtime / 1 ms)
 *   offset:      between read - after and read + 1 ms - before
 *
 * Each reading bounds the offset, and all of them together as closely as the narrowest pair of readings around a change
 * of the millisecond does. A pause anywhere makes a reading say less, never something false. Pure.
 */
export class RealtimeBracket {
  /**
   * Bounds of the offset, nanoseconds, less {@link origin} in milliseconds: small enough for a double to hold every
   * nanosecond.
   */
  lowNs = Number.NEGATIVE_INFINITY;
  highNs = Number.POSITIVE_INFINITY;
  readonly originMs: number;

  /** `originMs`: any reading; what is told is relative to it. */
  constructor(originMs: number) {
    this.originMs = originMs;
  }

  get widthNs(): number {
    return this.highNs - this.lowNs;
  }

  /** Takes one reading. False when it contradicts those before: a clock was set in between, and one must begin anew. */
  add(beforeNs: number, realtimeMs: number, afterNs: number): boolean {
    const readNs = (realtimeMs - this.originMs) * 1e6;
    this.lowNs = Math.max(this.lowNs, readNs - afterNs);
    this.highNs = Math.min(this.highNs, readNs + 1e6 - beforeNs);
    return this.lowNs <= this.highNs;
  }

  /** By how much an offset lies outside of the bounds, nanoseconds; 0 within. */
  distanceNs(offsetNs: number): number {
    return Math.max(0, this.lowNs - offsetNs, offsetNs - this.highNs);
  }
}
