/** Points to be drawn: reading them out of intervals, thinning long series without losing their spikes. Pure. */
import { isFigure } from "../model/format.ts";

/** A point; `y` null is a gap in the line. */
export interface Point {
  x: number;
  y: number | null;
}

/** A point with a range, for bands. */
export interface RangePoint {
  x: number;
  low: number;
  high: number;
}

/** More points than this are thinned before they are drawn. */
export const mostPoints = 1000;

/** Reads one figure from each row; rows without it are left out (`join`) or leave a gap in the line (`gap`). */
export function pointsOf<Row>(
  rows: readonly Row[],
  x: (row: Row) => number,
  y: (row: Row) => number | null | undefined,
  missing: "join" | "gap" = "join",
): Point[] {
  const points: Point[] = [];
  for (const row of rows) {
    const [at, value] = [x(row), y(row)];
    if (!isFigure(at)) continue;
    if (isFigure(value)) points.push({ x: at, y: value });
    else if (missing === "gap" && points.length > 0) points.push({ x: at, y: null });
  }
  return points;
}

/**
 * At most about `most` points: the series is cut into equal runs of points, and of each the first, lowest, highest and
 * last survive in their order. A spike of one second in a day is therefore still drawn at its full height.
 */
export function thin(points: readonly Point[], most = mostPoints): readonly Point[] {
  if (points.length <= most) return points;
  const size = Math.ceil(points.length / Math.max(1, Math.floor(most / 4)));
  const kept: Point[] = [];
  for (let from = 0; from < points.length; from += size) {
    const to = Math.min(points.length, from + size);
    for (const index of extremes(points, from, to)) kept.push(points[index]!);
  }
  return kept;
}

function extremes(points: readonly Point[], from: number, to: number): number[] {
  let [lowest, highest] = [from, from];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let index = from; index < to; index += 1) {
    const y = points[index]?.y;
    if (y === null || y === undefined) continue;
    if (y < low) [low, lowest] = [y, index];
    if (y > high) [high, highest] = [y, index];
  }
  return [...new Set([from, lowest, highest, to - 1])].sort((a, b) => a - b);
}

/** The same for bands: each run of points becomes one, from its lowest low to its highest high. */
export function thinRange(points: readonly RangePoint[], most = mostPoints): readonly RangePoint[] {
  if (points.length <= most) return points;
  const size = Math.ceil(points.length / most);
  const kept: RangePoint[] = [];
  for (let from = 0; from < points.length; from += size) {
    const run = points.slice(from, from + size);
    kept.push(
      run.reduce((sum, point) => ({
        x: sum.x,
        low: Math.min(sum.low, point.low),
        high: Math.max(sum.high, point.high),
      })),
    );
  }
  return kept;
}

/** The smallest and largest finite value, or null when there is none. No spread of long lists onto the stack. */
export function extent(values: Iterable<number | null | undefined>): { low: number; high: number } | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!isFigure(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high >= low ? { low, high } : null;
}
