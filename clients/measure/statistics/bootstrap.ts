/** Confidence limits from order statistics and by resampling. */
/** An estimate with its two-sided confidence limits. */
export interface Limits {
  estimate: number;
  lower: number;
  upper: number;
}

/** The value at a share (0 to 1) of sorted values, nearest rank. NaN for none. */
export function quantileOf(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

/**
 * A percentile with 95 % limits from order statistics: ranks n q -/+ 1.96 sqrt(n q (1 - q)), as in Lancet (ATC 2019).
 * Null when the sample is too small to have both ranks. The values must be sorted and independent: per-burst figures,
 * not the messages of one burst.
 */
export function quantileLimits(sorted: ArrayLike<number>, share: number): Limits | null {
  const count = sorted.length;
  const half = 1.96 * Math.sqrt(count * share * (1 - share));
  const low = Math.floor(count * share - half);
  const high = Math.ceil(count * share + half);
  const lower = sorted[low - 1];
  const upper = sorted[high - 1];
  return lower === undefined || upper === undefined ? null : { estimate: quantileOf(sorted, share), lower, upper };
}

/**
 * Factor by which limits must be wider than for independent values: sqrt((1 + r) / (1 - r)) for a first-order process
 * with lag-1 correlation `r`; at least 1. `raw` is measured on stretches of `count` values, and its bias of (1 + 4 r) /
 * n is corrected.
 */
export function dependenceWidening(raw: number, count: number): number {
  const correlation = Math.min(0.95, Math.max(0, raw + (1 + 4 * Math.max(0, raw)) / count));
  return Math.sqrt((1 + correlation) / (1 - correlation));
}

/** One resample with replacement, as many values as `into` holds. */
export function resample(values: ArrayLike<number>, random: () => number, into: Float64Array): void {
  for (let index = 0; index < into.length; index += 1)
    into[index] = values[Math.floor(random() * values.length)] ?? Number.NaN;
}
