/**
 * How a soak's lines (one per second) are thinned with age, so that a run of any length has a bounded file:
 *
 *   age      0 ........ 1 h ............ 24 h ....................... start of the run
 *   a line   every 1 s   every 10 s      every 60 s, doubled whenever the oldest part would exceed its share of lines
 *
 * Thinning thinned lines again gives the same result as thinning everything at once.
 */

import { addBucketCounts, type LatencyBuckets, latencyBuckets } from "../measure/histogram/bucket-counts.ts";

/** Lines younger than `untilAgeMs` are `everyMs` apart; each `everyMs` is a multiple of the previous one. */
export interface RetentionTier {
  everyMs: number;
  untilAgeMs: number;
}

export interface RetentionPolicy {
  tiers: readonly RetentionTier[];
  /** Spacing of all older lines, milliseconds. */
  restEveryMs: number;
  /** Most older lines kept: their spacing doubles until this is met. */
  restAtMost: number;
}

/** One-second lines for an hour, ten-second lines for a day, then a minute or more: at most about 32,000 lines. */
export const soakRetention: RetentionPolicy = {
  tiers: [
    { everyMs: 1000, untilAgeMs: 3_600_000 },
    { everyMs: 10_000, untilAgeMs: 86_400_000 },
  ],
  restEveryMs: 60_000,
  restAtMost: 20_000,
};

interface QuantileLine {
  count: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
}

/** The fields of a line that retention needs; the report's `Interval` has all of them. */
export interface RetainedLine {
  atMs: number;
  phase: string;
  latencyMs: { [name: string]: QuantileLine | null | undefined };
  buckets?: LatencyBuckets;
  usage: { target: { cpu: number } | null; generator: { cpu: number; loopDelayMs: number } };
  /** How many one-second lines this one represents; absent for one. */
  merged?: number;
}

/** Most lines a policy keeps, apart from phases: each change of phase can add one. */
export function linesAtMost(policy: RetentionPolicy): number {
  let fromMs = 0;
  let lines = policy.restAtMost + 1;
  for (const [index, { everyMs, untilAgeMs }] of policy.tiers.entries()) {
    // A line stays in its tier until the whole wider span it will be merged into is old enough.
    const waitMs = policy.tiers[index + 1]?.everyMs ?? policy.restEveryMs;
    lines += Math.ceil((untilAgeMs - fromMs + waitMs) / everyMs) + 1;
    fromMs = untilAgeMs;
  }
  return lines;
}

/**
 * The lines to keep when the newest instant is `nowMs`. Input and output are in order of time; different phases are
 * never merged.
 */
export function thinOut<Line extends RetainedLine>(
  lines: readonly Line[],
  nowMs: number,
  policy: RetentionPolicy = soakRetention,
): Line[] {
  const kept: Line[] = [];
  let key = "";
  let group: Line[] = [];
  const flush = () => {
    if (group.length > 0) kept.push(mergeLines(group));
    group = [];
  };
  for (const line of lines) {
    const everyMs = spacing(line.atMs, nowMs, policy);
    const own = `${everyMs}/${Math.ceil(line.atMs / everyMs)}/${line.phase}`;
    if (own !== key) flush();
    key = own;
    group.push(line);
  }
  flush();
  return kept;
}

/** The spacing for a line's age. A line joins a wider span only when that whole span is old enough. */
function spacing(atMs: number, nowMs: number, policy: RetentionPolicy): number {
  let everyMs = policy.tiers[0]?.everyMs ?? policy.restEveryMs;
  for (const [index, tier] of policy.tiers.entries()) {
    const next = policy.tiers[index + 1];
    const nextMs = next?.everyMs ?? policy.restEveryMs;
    if (nowMs - Math.ceil(atMs / nextMs) * nextMs < tier.untilAgeMs) return everyMs;
    everyMs = next === undefined ? restSpacing(nowMs, policy) : nextMs;
  }
  return everyMs;
}

/** Doubles from `restEveryMs`, so that every wider span consists of whole narrower ones. */
function restSpacing(nowMs: number, policy: RetentionPolicy): number {
  let everyMs = policy.restEveryMs;
  while (nowMs / everyMs > policy.restAtMost) everyMs *= 2;
  return everyMs;
}

/**
 * Merges adjacent lines, oldest first, into one. Counts are cumulative and gauges are gauges, so the last line's apply;
 * of a latency, samples and buckets are summed and every quantile is the worst (never an average: the true percentile
 * is at most that); CPU usage is the mean weighted by lines represented; loop delay is the worst.
 */
export function mergeLines<Line extends RetainedLine>(lines: readonly Line[]): Line {
  const last = lines[lines.length - 1];
  if (last === undefined) throw new RangeError("retention: expected at least one line to merge");
  if (lines.length === 1) return last;
  const weight = (line: Line) => line.merged ?? 1;
  const mean = (values: { value: number; weight: number }[]) => {
    const total = values.reduce((sum, each) => sum + each.weight, 0);
    return values.reduce((sum, each) => sum + (each.value * each.weight) / total, 0);
  };
  const targets = lines.flatMap((line) =>
    line.usage.target === null ? [] : [{ value: line.usage.target.cpu, weight: weight(line) }],
  );
  const generators = lines.map((line) => ({ value: line.usage.generator.cpu, weight: weight(line) }));
  const loopDelayMs = Math.max(...lines.map((line) => line.usage.generator.loopDelayMs));
  return {
    ...last,
    latencyMs: worstLatencies(lines),
    ...addedBuckets(lines),
    usage: {
      ...last.usage,
      target: last.usage.target === null ? null : { ...last.usage.target, cpu: mean(targets) },
      generator: { ...last.usage.generator, cpu: mean(generators), loopDelayMs },
    },
    merged: lines.reduce((sum, line) => sum + weight(line), 0),
  };
}

function addedBuckets(lines: readonly RetainedLine[]): Pick<RetainedLine, "buckets"> {
  return latencyBuckets((name) => addBucketCounts(lines.flatMap(({ buckets }) => buckets?.[name] ?? [])));
}

/** A latency is null when no line measured it, absent when no line has it. */
function worstLatencies(lines: readonly RetainedLine[]): RetainedLine["latencyMs"] {
  const worst: RetainedLine["latencyMs"] = {};
  for (const { latencyMs } of lines) {
    for (const [name, quantiles] of Object.entries(latencyMs)) {
      const before = worst[name];
      worst[name] = before && quantiles ? worse(before, quantiles) : (before ?? quantiles);
    }
  }
  return worst;
}

/** A line without samples does not affect the quantiles. */
function worse(a: QuantileLine, b: QuantileLine): QuantileLine {
  if (a.count === 0 || b.count === 0) return a.count === 0 ? b : a;
  const most = (name: keyof QuantileLine) => Math.max(a[name], b[name]);
  return {
    count: a.count + b.count,
    p50: most("p50"),
    p90: most("p90"),
    p99: most("p99"),
    p999: most("p999"),
    max: most("max"),
  };
}
