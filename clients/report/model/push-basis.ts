/**
 * Which figures of pushes a run has. Everything that reads one asks here, so that "not measured" is never taken for
 * zero. Pure.
 */
import type { Report } from "./report.ts";

/**
 * `numbers`: a service numbers its messages: the counts, and latencies where a stamp of its own says when each was
 * sent. `ticks`: a push says which of how many it is: counts of what was due, received, lost and late, and latencies.
 * `instants`: a stamp of the service's own says when it was sent: latencies only, for how many were due nobody can
 * know. `none`: neither.
 */
export type PushBasis = "ticks" | "numbers" | "instants" | "none";

type Pushed = Pick<Report, "pushes" | "latencyMs">;

export function pushBasis({ pushes, latencyMs }: Pushed): PushBasis {
  if (pushes !== null) return pushes.numberedBy === undefined ? "ticks" : "numbers";
  return (latencyMs.push?.count ?? 0) > 0 ? "instants" : "none";
}

/** How many pushes were late; null: a number says which message it is, not when it was due, and no stamp says more. */
export function latePushes({ pushes, latencyMs }: Pushed): number | null {
  if (pushes === null || (pushes.numberedBy !== undefined && (latencyMs.push?.count ?? 0) === 0)) return null;
  return pushes.late;
}

/** Pushes that came with a stamp of either kind; null: not measured. */
export function stampedPushes(pushed: Pushed): number | null {
  switch (pushBasis(pushed)) {
    case "ticks":
    case "numbers":
      return pushed.pushes?.received ?? null;
    case "instants":
      return pushed.latencyMs.push?.count ?? null;
    case "none":
      return null;
  }
}

/**
 * Messages that the kernel stamped, whatever they carried; what share of them had to share a stamp is asked of these.
 */
export const kernelStamped = ({ latencyMs }: Pick<Report, "latencyMs">): number => latencyMs.generatorGap?.count ?? 0;
