/** CLOCK_MONOTONIC since boot in nanoseconds: process.hrtime reads exactly that clock. */
export function monotonicNs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e9 + nanoseconds;
}

const millisecondNs = 1_000_000n;
/** How far a reading of Date may lie outside its millisecond before the real-time clock counts as stepped. */
const toleranceNs = 50_000n;

/**
 * CLOCK_REALTIME minus CLOCK_MONOTONIC: Date has whole milliseconds only, so the edge between two is waited for (at
 * most 1 ms).
 */
function realtimeOffsetNs(): bigint {
  const startMs = Date.now();
  let edgeMs = startMs;
  while (edgeMs === startMs) edgeMs = Date.now();
  return BigInt(edgeMs) * millisecondNs - process.hrtime.bigint();
}

let offsetNs = realtimeOffsetNs();

/**
 * Both clocks in nanoseconds, read back to back. A step of the real-time clock is noticed by the reading it would
 * falsify.
 */
export function bothClocksNs(): { monotonicNs: bigint; realtimeNs: bigint } {
  const monotonic = process.hrtime.bigint();
  const dateNs = BigInt(Date.now()) * millisecondNs;
  const aheadNs = monotonic + offsetNs - dateNs;
  if (aheadNs < -toleranceNs || aheadNs > millisecondNs + toleranceNs) offsetNs = realtimeOffsetNs();
  return { monotonicNs: monotonic, realtimeNs: monotonic + offsetNs };
}
