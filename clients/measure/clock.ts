/**
 * The clock of a process: CLOCK_MONOTONIC nanoseconds in a double (exact to 1 ns for 104 days of uptime, 2 ns for the
 * next 104). performance.now() is the same clock minus a constant and costs half of hrtime; the constant is paired
 * once, narrowest of several.
 */
const offsetNs = pairNarrowest();

function pairNarrowest(): number {
  let best = 0;
  let narrowestMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 50; i++) {
    const before = performance.now();
    const monotonicNs = Number(process.hrtime.bigint());
    const after = performance.now();
    if (after - before < narrowestMs) {
      narrowestMs = after - before;
      best = monotonicNs - ((before + after) / 2) * 1e6;
    }
  }
  return best;
}

/** Now, in nanoseconds of CLOCK_MONOTONIC. Allocates nothing. */
export function nowNs(): number {
  return performance.now() * 1e6 + offsetNs;
}

/**
 * By how much the two clocks may move against each other within a second, nanoseconds, before it is a clock jump; by
 * how the clock is read: NTP slews by at most 0.5 us a millisecond, and Date.now() has whole milliseconds.
 */
export const clockJumpNs = { kernel: 50_000, read: 1e6 } as const;

/** CLOCK_REALTIME minus CLOCK_MONOTONIC, as two numbers so that no precision is lost. */
export interface ClockOffset {
  seconds: number;
  nanoseconds: number;
}
