/** CLOCK_MONOTONIC since boot, nanoseconds: process.hrtime reads exactly that clock. */
export function monotonicNs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e9 + nanoseconds;
}

const millisecondNs = 1_000_000n;
/** How far a reading of Date may be outside its millisecond before the realtime clock counts as stepped. */
const toleranceNs = 50_000n;

/**
 * CLOCK_REALTIME minus CLOCK_MONOTONIC: Date only has whole milliseconds, so this waits for the next one (at most 1
 * ms).
 */
function realtimeOffsetNs(): bigint {
  const startMs = Date.now();
  let edgeMs = startMs;
  while (edgeMs === startMs) edgeMs = Date.now();
  return BigInt(edgeMs) * millisecondNs - process.hrtime.bigint();
}

let offsetNs = realtimeOffsetNs();

/**
 * Both clocks in nanoseconds, read back to back. A step of the realtime clock is detected by the reading it would
 * distort.
 */
export function bothClocksNs(): { monotonicNs: bigint; realtimeNs: bigint } {
  const monotonic = process.hrtime.bigint();
  const dateNs = BigInt(Date.now()) * millisecondNs;
  const aheadNs = monotonic + offsetNs - dateNs;
  if (aheadNs < -toleranceNs || aheadNs > millisecondNs + toleranceNs) offsetNs = realtimeOffsetNs();
  return { monotonicNs: monotonic, realtimeNs: monotonic + offsetNs };
}
