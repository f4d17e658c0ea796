/**
 * How far another machine's clock is from ours, from round trips (Cristian's method, as NTP uses it, RFC 5905 section
 * 10: of several probes the one with the shortest round trip says most). The other clock was read somewhere between our
 * sending and our receiving:
 *
 *   sent ----------- read there ----------- received        offset = read - (sent + received) / 2
 *   |<------------- round trip ------------->|              wrong by at most half the round trip, and by what drifted
 * since
 */

/** One question and its answer: our clock before and after, the other's in between, nanoseconds. */
export interface ClockProbe {
  sentNs: number;
  receivedNs: number;
  remoteNs: number;
}

export interface ClockEstimate {
  /** The other clock minus ours. */
  offsetNs: number;
  /** Shortest round trip. */
  roundTripNs: number;
  /** When it was taken, our clock. */
  atNs: number;
}

/** How many probes make an estimate. */
export const probesPerEstimate = 16;

/** Two undisciplined quartz clocks drift apart by less than this: 50 microseconds a second each. */
const driftShare = 1e-4;

/** The estimate of some probes; null without a usable one (a round trip that took no time was not one). */
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

/** By how much an estimate can be wrong at an instant: half its round trip, and the drift since then. */
export function clockBoundNs({ roundTripNs, atNs }: ClockEstimate, nowNs: number): number {
  return roundTripNs / 2 + Math.max(0, nowNs - atNs) * driftShare;
}
