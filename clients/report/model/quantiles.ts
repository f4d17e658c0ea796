/** From histograms to the figures of a report. Percentiles are computed here, once, from merged histograms. */
import { bucketCounts, histogramBoundsSeconds } from "../../measure/histogram/bucket-counts.ts";
import type { Histogram } from "../../measure/histogram/histogram.ts";
import { type Latency, latencyList } from "../../measure/latency.ts";
import type { Interval } from "./interval.ts";
import type { LatencyMs } from "./report.ts";
import type { Quantiles } from "./schema/quantiles-field.ts";

const round = (ms: number): number => Math.round(ms * 10_000) / 10_000;

/** Null when nothing was recorded: not measured is never zero. */
export function quantilesOf(histogram: Histogram | undefined): Quantiles | null {
  if (histogram === undefined || histogram.count === 0) return null;
  const at = (q: number): number => round(histogram.quantileMs(q));
  return {
    count: histogram.count,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
    max: round(histogram.maxMs),
  };
}

/** Which latencies a report always has a field for, measured or not. */
const always: readonly Latency[] = ["push", "delivery", "tickLag", "generatorGap", "connect", "ping"];

export function latencyFigures(histograms: Partial<Record<Latency, Histogram>>): LatencyMs {
  const figures: LatencyMs = {};
  for (const name of latencyList) {
    const quantiles = quantilesOf(histograms[name]);
    if (quantiles !== null || always.includes(name)) figures[name] = quantiles;
  }
  return figures;
}

/** The distributions an interval keeps, over the buckets of the metrics page; nothing when there is none. */
export function bucketFigures(histograms: Partial<Record<Latency, Histogram>>): Pick<Interval, "buckets"> {
  const push = bucketCounts(histograms.push, histogramBoundsSeconds);
  const request = bucketCounts(histograms.request, histogramBoundsSeconds);
  if (push === undefined && request === undefined) return {};
  return { buckets: { ...(push === undefined ? {} : { push }), ...(request === undefined ? {} : { request }) } };
}

const mostPoints = 400;

/** The distribution for plotting: at most 400 points, denser towards the tail, the last one the maximum. */
export function distributionOf(histogram: Histogram | undefined): { ms: number; share: number }[] {
  if (histogram === undefined || histogram.count === 0) return [];
  const all: { ms: number; share: number }[] = [];
  let seen = 0;
  histogram.forEachBucket((upToUs, count) => {
    seen += count;
    all.push({ ms: upToUs / 1000, share: seen / histogram.count });
  });
  if (all.length <= mostPoints) return all;
  const points: typeof all = [];
  let nines = -1;
  for (const point of all) {
    // Steps even on an axis of nines: 50 %, 90 %, 99 %, 99.9 % are equally far apart.
    const at = Math.floor(-Math.log10(Math.max(1e-9, 1 - point.share)) * (mostPoints / 8));
    if (at !== nines) points.push(point);
    nines = at;
  }
  if (points.at(-1) !== all.at(-1)) points.push(all.at(-1)!);
  return points;
}
