/** How far a figure may differ between two runs of the same thing. Pure: chance comes in as an argument. */

/** 95 % of a normal distribution lie within this many standard deviations. */
const twoSided95 = 1.96;

/**
 * Half the width of the 95 % interval of the mean, by resampling blocks of neighbours (moving block bootstrap, Künsch
 * 1989): the pushes of one burst share its fate, and neighbouring bursts share a pause, so that single samples would
 * claim too much. Null below five values: too few to tell.
 */
export function resampledHalfWidth(values: readonly number[], random: () => number, resamples = 200): number | null {
  if (values.length < 5) return null;
  const block = Math.max(1, Math.round(Math.cbrt(values.length)));
  const means = Array.from({ length: resamples }, () => blockMean(values, block, random)).sort((a, b) => a - b);
  const [low, high] = [
    means[Math.floor(resamples * 0.025)] ?? 0,
    means[Math.min(resamples - 1, Math.ceil(resamples * 0.975))] ?? 0,
  ];
  return (high - low) / 2;
}

function blockMean(values: readonly number[], block: number, random: () => number): number {
  let [sum, taken] = [0, 0];
  while (taken < values.length) {
    const from = Math.floor(random() * (values.length - block + 1));
    for (let offset = 0; offset < block && taken < values.length; offset += 1, taken += 1)
      sum += values[from + offset] ?? 0;
  }
  return sum / taken;
}

/**
 * The ranks (as shares of `count` samples) between which the true quantile lies with 95 %: n q -/+ 1.96 sqrt(n q (1 -
 * q)).
 */
export function quantileShares(count: number, quantile: number): { low: number; high: number } {
  if (!(count > 0)) return { low: 0, high: 1 };
  const half = (twoSided95 * Math.sqrt(count * quantile * (1 - quantile))) / count;
  return { low: Math.max(0, quantile - half), high: Math.min(1, quantile + half) };
}

/**
 * How far `after` may lie from what `before` lets expect, both counts of rare, independent events (Poisson); `exposure`
 * is how much more there was to lose in the second run. From none, up to three are noise. Events that come in waves
 * vary more.
 */
export function countNoise(before: number, after: number, exposure: number): number {
  return twoSided95 * Math.sqrt(before * exposure * exposure + after);
}
