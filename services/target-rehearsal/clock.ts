/**
 * CLOCK_MONOTONIC now, nanoseconds since boot, which libuv reads for hrtime on Linux. Exact in a double for 104 days of
 * uptime.
 */
export function monotonicNs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e9 + nanoseconds;
}

/**
 * CLOCK_REALTIME minus CLOCK_MONOTONIC, nanoseconds. Node has no realtime clock finer than a millisecond, so this waits
 * (at most 1 ms) for Date.now() to change: at that instant the time is a whole millisecond, to within about a
 * microsecond.
 */
function measureRealtimeOffsetNs(): bigint {
  const before = Date.now();
  while (Date.now() === before);
  return BigInt(before + 1) * 1_000_000n - process.hrtime.bigint();
}

/**
 * The realtime clock in nanoseconds, derived from the monotonic one. Both are slewed equally; a step of the realtime
 * clock is detected.
 */
export class RealtimeClock {
  #offsetNs = measureRealtimeOffsetNs();

  /** Realtime minus monotonic, nanoseconds; measured again when Date.now() shows that the realtime clock was set. */
  offsetNs(): bigint {
    const predictedMs = Number((process.hrtime.bigint() + this.#offsetNs) / 1_000_000n);
    if (Math.abs(Date.now() - predictedMs) > 1) this.#offsetNs = measureRealtimeOffsetNs();
    return this.#offsetNs;
  }
}
