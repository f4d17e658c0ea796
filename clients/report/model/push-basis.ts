/** Which figures of pushes a run has. Everything that reads one asks here, so that "not measured" is never taken for zero. Pure. */
import type { Report } from "./report.ts";

/**
 * `ticks`: a push says which of how many it is: counts of what was due, received, lost and late, and latencies. `instants`: a stamp of the
 * service's own says when it was sent: latencies only, for how many were due nobody can know. `none`: neither.
 */
export type PushBasis = "ticks" | "instants" | "none";

type Pushed = Pick<Report, "pushes" | "latencyMs">;

export function pushBasis({ pushes, latencyMs }: Pushed): PushBasis {
  if (pushes !== null) return "ticks";
  return (latencyMs.push?.count ?? 0) > 0 ? "instants" : "none";
}

/** Pushes that came with a stamp of either kind; null: not measured. */
export function stampedPushes(pushed: Pushed): number | null {
  switch (pushBasis(pushed)) {
    case "ticks":
      return pushed.pushes?.received ?? null;
    case "instants":
      return pushed.latencyMs.push?.count ?? null;
    case "none":
      return null;
  }
}

/** Messages that the kernel stamped, whatever they carried; what share of them had to share a stamp is asked of these. */
export const kernelStamped = ({ latencyMs }: Pick<Report, "latencyMs">): number => latencyMs.generatorGap?.count ?? 0;
