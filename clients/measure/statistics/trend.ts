/** Trends in noisy, autocorrelated series: Theil-Sen slopes on block statistics. */
import { medianOfSorted } from "./median.ts";

/** Samples of one quantity; `atMs` increases. Both have the same length and may be typed arrays. */
export interface Series {
  atMs: ArrayLike<number>;
  values: ArrayLike<number>;
}

/** A slope with its 95 % limits, in units of the value per unit of time. */
export interface Slope {
  estimate: number;
  lower: number;
  upper: number;
}

/** Most points {@link theilSen} accepts: it keeps every pair's slope (8 MB at this count). */
export const theilSenAtMost = 1500;

/** Kendall's S, its variance (corrected for ties), and the normal score of the Mann-Kendall test. */
export interface MannKendall {
  s: number;
  variance: number;
  z: number;
}

/**
 * The Mann-Kendall test on a series in order of time. For reference only: on dependent samples it reports leaks far too
 * often (Machida et al., ISSREW 2013). Takes at most {@link theilSenAtMost} values.
 */
export function mannKendall(values: readonly number[]): MannKendall {
  guard(values.length);
  const count = values.length;
  let s = 0;
  for (let first = 0; first < count; first += 1) {
    for (let second = first + 1; second < count; second += 1)
      s += Math.sign((values[second] ?? 0) - (values[first] ?? 0));
  }
  const ties = new Map<number, number>();
  for (const value of values) ties.set(value, (ties.get(value) ?? 0) + 1);
  const spread = (n: number) => n * (n - 1) * (2 * n + 5);
  let variance = spread(count);
  for (const size of ties.values()) variance -= spread(size);
  variance /= 18;
  return { s, variance, z: variance > 0 ? (s - Math.sign(s)) / Math.sqrt(variance) : 0 };
}

/**
 * Theil-Sen slope (median of all pairs' slopes) with Sen's 95 % limits from the variance of Kendall's S, multiplied by
 * `inflation` (1 for independent values). Pairs are of points within the same part, so that each part may have its own
 * level, and the parts' variances add up (Hirsch, Slack and Smith, Water Resources Research 18(1), 1982, with their
 * seasons as parts). Null for fewer than 4 points. Throws RangeError above {@link theilSenAtMost} points.
 */
export function theilSen(parts: readonly Series[], inflation = 1): Slope | null {
  const count = parts.reduce((sum, { values }) => sum + values.length, 0);
  guard(count);
  if (count < 4) return null;
  const pairs = parts.reduce((sum, { values: { length } }) => sum + (length * (length - 1)) / 2, 0);
  const slopes = new Float64Array(pairs);
  let used = 0;
  for (const { atMs: at, values } of parts) {
    for (let first = 0; first < values.length; first += 1) {
      for (let second = first + 1; second < values.length; second += 1) {
        const span = (at[second] ?? 0) - (at[first] ?? 0);
        if (span === 0) continue;
        slopes[used] = ((values[second] ?? 0) - (values[first] ?? 0)) / span;
        used += 1;
      }
    }
  }
  if (used === 0) return null;
  const sorted = slopes.subarray(0, used).sort();
  const variance = parts.reduce((sum, { values }) => sum + mannKendall(Array.from(values)).variance, 0);
  const reach = 1.96 * Math.sqrt(variance * inflation);
  const rank = (index: number) => sorted[Math.min(used - 1, Math.max(0, index))] ?? Number.NaN;
  return {
    estimate: medianOfSorted(sorted),
    lower: rank(Math.floor((used - reach) / 2) - 1),
    upper: rank(Math.ceil((used + reach) / 2)),
  };
}

/**
 * Correlation of each value with the previous one within the same part, about each part's own mean, -1 to 1. 0 for
 * constant values or fewer than 3 in total.
 */
export function lagOne(...parts: readonly ArrayLike<number>[]): number {
  let total = 0;
  let products = 0;
  let squares = 0;
  for (const values of parts) {
    const count = values.length;
    total += count;
    let mean = 0;
    for (let index = 0; index < count; index += 1) mean += (values[index] ?? 0) / count;
    let before = 0;
    for (let index = 0; index < count; index += 1) {
      const deviation = (values[index] ?? 0) - mean;
      squares += deviation * deviation;
      if (index > 0) products += deviation * before;
      before = deviation;
    }
  }
  return total >= 3 && squares > 0 ? products / squares : 0;
}

/** `minimum` for memory (garbage collections make it a sawtooth), `median` for latencies. */
export type BlockStatistic = "minimum" | "median";

/** One value per time span, all of equal length; empty spans are omitted. */
export interface Blocks {
  atMs: number[];
  values: number[];
  blockMs: number;
}

/** The series in `count` equal time spans, each at its midpoint. Linear in time and memory. */
export function blocksOf(series: Series, count: number, statistic: BlockStatistic): Blocks {
  const length = series.values.length;
  const startMs = series.atMs[0] ?? 0;
  // The last sample also covers an interval: add one mean spacing, so that regular samples fill the blocks equally.
  const spanMs = ((series.atMs[length - 1] ?? startMs) - startMs) * (length / Math.max(1, length - 1));
  const blockMs = spanMs / count;
  const blocks: Blocks = { atMs: [], values: [], blockMs };
  let from = 0;
  for (let block = 0; block < count; block += 1) {
    let to = from;
    while (to < length && (block === count - 1 || (series.atMs[to] ?? 0) < startMs + (block + 1) * blockMs)) to += 1;
    if (to > from) {
      blocks.atMs.push(startMs + (block + 0.5) * blockMs);
      blocks.values.push(
        statistic === "minimum" ? leastOf(series.values, from, to) : middleOf(series.values, from, to),
      );
    }
    from = to;
  }
  return blocks;
}

function leastOf(values: ArrayLike<number>, from: number, to: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let index = from; index < to; index += 1) least = Math.min(least, values[index] ?? least);
  return least;
}

function middleOf(values: ArrayLike<number>, from: number, to: number): number {
  const part = new Float64Array(to - from);
  for (let index = from; index < to; index += 1) part[index - from] = values[index] ?? Number.NaN;
  return medianOfSorted(part.sort());
}

function guard(count: number): void {
  if (count > theilSenAtMost)
    throw new RangeError(`trend: expected at most ${theilSenAtMost} points, got ${count}; take block statistics first`);
}
