/**
 * The integer loads a search may try: a grid no finer than the width requires, so that trials of several goals
 * coincide.
 */

/** Grid step near `load`: the given one, or the largest of 1, 10, 100, 1000 that is at most a fifth of the width. */
export function loadStep(load: number, width: number, granularity: number | null): number {
  if (granularity !== null) return granularity;
  let step = 1;
  while (step < 1000 && step * 10 <= (load * width) / 5) step *= 10;
  return step;
}

/** The grid load nearest to `wanted` that is above `lower` and at most `most`. */
export function loadAbove(
  lower: number,
  wanted: number,
  width: number,
  granularity: number | null,
  most: number,
): number {
  const step = loadStep(wanted, width, granularity);
  const nearest = Math.round(wanted / step) * step;
  return Math.min(most, nearest > lower ? nearest : (Math.floor(lower / step) + 1) * step);
}

/** The grid load nearest to `wanted` that is below `upper` and at least `least` (which is always allowed). */
export function loadBelow(
  upper: number,
  wanted: number,
  width: number,
  granularity: number | null,
  least: number,
): number {
  const step = loadStep(wanted, width, granularity);
  const nearest = Math.round(wanted / step) * step;
  return Math.max(least, nearest < upper ? nearest : (Math.ceil(upper / step) - 1) * step);
}

/** The grid load nearest to the geometric mean and strictly between; null when the grid has none. */
export function loadBetween(lower: number, upper: number, width: number, granularity: number | null): number | null {
  const middle = Math.sqrt(lower * upper);
  for (let step = loadStep(middle, width, granularity); step >= 1; step /= 10) {
    const nearest = Math.round(middle / step) * step;
    const load = [nearest, nearest + step, nearest - step].find((candidate) => candidate > lower && candidate < upper);
    if (load !== undefined) return load;
    if (granularity !== null) return null;
  }
  return null;
}

/** Whether two bounds are as close as the goal requires, or as the grid allows. */
export function isWithinWidth(lower: number, upper: number, width: number, granularity: number | null): boolean {
  return (upper - lower) / upper <= width || loadBetween(lower, upper, width, granularity) === null;
}
