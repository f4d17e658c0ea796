/**
 * How many connections should have been started at each instant. Connections are numbered 0 to planned-1 over the whole
 * run; number i is due i / perSecond seconds after the start, so the shards add up to the plan at every instant:
 *
 *   begun |            ________ planned
 *         |        .-'
 *         |    .-'      slope: perSecond
 *         |.-'
 *         +----------------------> time since start
 */

/** Connections of the whole run due `elapsedMs` after the start; 0 before it. */
export function rampDue(planned: number, perSecond: number, elapsedMs: number): number {
  if (elapsedMs < 0) return 0;
  return Math.min(planned, Math.floor((elapsedMs * perSecond) / 1000) + 1);
}

/** Milliseconds after the start at which connection number `index` is due. */
export function rampDueAtMs(index: number, perSecond: number): number {
  return (index * 1000) / perSecond;
}

/** Duration of the ramp, from the first connection's due instant to the last's, milliseconds. */
export function rampMs(planned: number, perSecond: number): number {
  return planned <= 1 ? 0 : rampDueAtMs(planned - 1, perSecond);
}
