/** A note when nearly all lost connections had the same lifetime, which suggests a timeout. */
import type { Histogram } from "../../measure/histogram/histogram.ts";
import type { Reason } from "../../report/model/report.ts";

/** Fewer connections, or shorter lifetimes, are not reported. */
const leastConnections = 3;
const leastMs = 1000;
/** Lifetimes count as equal within this share of the median, or at least within this time. */
const toleranceShare = 0.02;
const toleranceMs = 250;
const leastShare = 0.9;

/** Null when the lifetimes differ, or there are too few. */
export function lifetimeRemark(lifetimes: Histogram | undefined): Reason | null {
  if (lifetimes === undefined || lifetimes.count < leastConnections) return null;
  const medianMs = lifetimes.quantileMs(0.5);
  const marginMs = Math.max(toleranceMs, medianMs * toleranceShare);
  let equal = 0;
  lifetimes.forEachBucket((us, n) => {
    if (Math.abs(us / 1000 - medianMs) <= marginMs) equal += n;
  });
  if (medianMs < leastMs || equal < lifetimes.count * leastShare) return null;
  const text = `${equal} of ${lifetimes.count} lost connections had been open for ${(medianMs / 1000).toFixed(1)} s: either a timeout of a proxy or server, or all were closed at once; a more frequent heartbeat (--beat, --ping) may prevent a timeout`;
  return { code: "same-lifetime", text };
}
