/** Whether latency degrades over time: over a soak (first third against last), and within one capacity trial. */
import { blocksAtLeast, blockTrend } from "./block-trend.ts";
import { dependenceWidening, quantileOf, resample } from "./bootstrap.ts";
import { median, medianOfSorted } from "./median.ts";
import { seededRandom } from "./seeded-random.ts";
import { lagOne } from "./trend.ts";

const resamples = 1000;
/**
 * Longer thirds are first reduced to this many medians of neighbours, so that a million bursts cost no more than three
 * thousand.
 */
const pointsAtMost = 1000;

/** Per-burst figures of one kind in order of time, milliseconds: p99, fan-out duration, or tick spacing. */
export type BurstFigures = readonly number[];

/** `drift` requires both: significantly above zero, and more than max(10 % of the first third, 5 ms). */
export interface DriftVerdict {
  verdict: "drift" | "steady" | "too-short";
  /** Medians of the thirds. */
  firstMs: number | null;
  lastMs: number | null;
  /** Last minus first with 95 % limits, by bootstrap over bursts. */
  shiftMs: { estimate: number; lower: number; upper: number } | null;
  thresholdMs: number | null;
}

/** Smallest shift that matters, milliseconds: 10 % or 5 ms, whichever is more. */
export function noticeableMs(fromMs: number): number {
  return Math.max(Math.abs(fromMs) / 10, 5);
}

/**
 * Compares the first third of the bursts with the last. Bursts are resampled, not messages (those of one burst depend
 * on each other); where neighbouring bursts do too, the limits are widened. The same seed gives the same limits. Needs
 * 60 bursts: shorter runs cannot tell slow wandering from drift (15 % false alarms at correlation 0.9).
 */
export function judgeDrift(bursts: BurstFigures, seed = 1): DriftVerdict {
  const third = Math.floor(bursts.length / 3);
  if (third < 20) return { verdict: "too-short", firstMs: null, lastMs: null, shiftMs: null, thresholdMs: null };
  const first = condensed(bursts.slice(0, third));
  const last = condensed(bursts.slice(bursts.length - third));
  const firstMs = median(first);
  const lastMs = median(last);
  const shiftMs = resampledShift(first, last, lastMs - firstMs, seed);
  const { estimate } = shiftMs;
  const thresholdMs = noticeableMs(firstMs);
  const verdict = shiftMs.lower > 0 && estimate > thresholdMs ? "drift" : "steady";
  return { verdict, firstMs, lastMs, shiftMs, thresholdMs };
}

function condensed(values: BurstFigures): number[] {
  const size = Math.ceil(values.length / pointsAtMost);
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    median(values.slice(index * size, (index + 1) * size)),
  );
}

function resampledShift(
  first: BurstFigures,
  last: BurstFigures,
  estimate: number,
  seed: number,
): { estimate: number; lower: number; upper: number } {
  const random = seededRandom(seed);
  const into = new Float64Array(first.length);
  const medianOfResample = (values: BurstFigures) => {
    resample(values, random, into);
    return medianOfSorted(into.sort());
  };
  const shifts = Float64Array.from(
    { length: resamples },
    () => medianOfResample(last) - medianOfResample(first),
  ).sort();
  const widening = dependenceWidening((lagOne(first) + lagOne(last)) / 2, first.length);
  const limit = (share: number) => estimate + (quantileOf(shifts, share) - estimate) * widening;
  return { estimate, lower: limit(0.025), upper: limit(0.975) };
}

/** `rising` violates criterion (d) of a capacity trial. */
export interface RiseVerdict {
  verdict: "rising" | "steady" | "too-short";
  /** Estimated rise over the trial, milliseconds. */
  riseMs: number | null;
  thresholdMs: number | null;
}

/**
 * Whether per-burst p99 rises within one trial: the Theil-Sen lower limit is above zero and the rise over the trial
 * exceeds max(10 % of the starting level, 5 ms). `atMs` are the bursts' due times. Needs 12 bursts.
 */
export function judgeRise(atMs: readonly number[], bursts: BurstFigures): RiseVerdict {
  const trend = bursts.length < blocksAtLeast ? null : blockTrend({ atMs, values: bursts }, "median");
  if (trend === null) return { verdict: "too-short", riseMs: null, thresholdMs: null };
  const riseMs = trend.slope.estimate * ((atMs[atMs.length - 1] ?? 0) - (atMs[0] ?? 0));
  const thresholdMs = noticeableMs(median(bursts) - riseMs / 2);
  return { verdict: trend.slope.lower > 0 && riseMs > thresholdMs ? "rising" : "steady", riseMs, thresholdMs };
}
