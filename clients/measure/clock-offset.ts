/**
 * Offset between another machine's clock and ours, estimated from round trips (Cristian's method; as in NTP, RFC 5905
 * section 10, the probe with the shortest round trip is the most precise). The other clock was read at some point
 * between sending and receiving:
 *
 *   sent ----------- read there ----------- received        offset = read - (sent + received) / 2
 *   |<------------- round trip ------------->|              error: at most half the round trip, plus drift since
 */

/** One probe: our clock before and after, the other clock in between, nanoseconds. */
export interface ClockProbe {
  sentNs: number;
  receivedNs: number;
  remoteNs: number;
}

export interface ClockEstimate {
  /** The other clock minus ours, nanoseconds. */
  offsetNs: number;
  /** Shortest round trip, nanoseconds. */
  roundTripNs: number;
  /** When it was measured, CLOCK_MONOTONIC nanoseconds. */
  atNs: number;
}

/** Number of probes per estimate. */
export const probesPerEstimate = 16;

/** Upper bound for the relative drift of two unsynchronized quartz clocks: 50 microseconds per second each. */
const driftShare = 1e-4;

/** The best estimate from these probes; null when none is usable (a round trip of zero length is not). */
export function estimateClock(probes: readonly ClockProbe[]): ClockEstimate | null {
  let best: ClockProbe | null = null;
  for (const probe of probes) {
    const roundTripNs = probe.receivedNs - probe.sentNs;
    if (!(roundTripNs > 0) || !Number.isFinite(probe.remoteNs)) continue;
    if (best === null || roundTripNs < best.receivedNs - best.sentNs) best = probe;
  }
  if (best === null) return null;
  const { sentNs, receivedNs, remoteNs } = best;
  return { offsetNs: remoteNs - (sentNs + receivedNs) / 2, roundTripNs: receivedNs - sentNs, atNs: receivedNs };
}

/** Maximum error of an estimate at an instant, nanoseconds: half its round trip, plus drift since then. */
export function clockBoundNs({ roundTripNs, atNs }: ClockEstimate, nowNs: number): number {
  return roundTripNs / 2 + Math.max(0, nowNs - atNs) * driftShare;
}
