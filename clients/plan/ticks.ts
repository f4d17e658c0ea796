/**
 * Which pushes are due on one connection. Tick k is due at base + k x interval; the base is derived from any message
 * (due minus tick x interval), so a target may number its ticks as it likes. A connection opened at `o` and watched
 * until `e`:
 *
 *   ticks    k-1        k        k+1       k+2
 *   ----------|---o-----|---------|---------|--e---->
 *                 |..g..|  due     due       due
 *
 * A tick in the grace period `g` after opening counts only if it arrives: the target may not have registered the
 * connection yet.
 */

/** The grace period after opening: half an interval, at most one second. */
export function graceNs(intervalNs: number): number {
  return Math.min(intervalNs / 2, 1e9);
}

/** How long after its due instant a push is late: half an interval, at most five seconds. */
export function lateAfterNs(intervalNs: number): number {
  return Math.min(intervalNs / 2, 5e9);
}

/** The first tick due at or after an instant. */
export function firstTickFrom(atNs: number, baseNs: number, intervalNs: number): number {
  return Math.ceil((atNs - baseNs) / intervalNs);
}

/** The last tick due at or before an instant. */
export function lastTickBy(atNs: number, baseNs: number, intervalNs: number): number {
  return Math.floor((atNs - baseNs) / intervalNs);
}
