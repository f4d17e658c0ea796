/** Readings: a figure over its repeats, how several become one, and one over another. Pure. */
import { type Static, Type } from "#typebox";
import { median } from "../../../measure/statistics/median.ts";
import { isFigure } from "../format.ts";
import { count } from "../schema/field.ts";
import type { Spread } from "../schema/pipeline-block.ts";

export const Reading = Type.Object(
  {
    median: Type.Number(),
    min: Type.Number(),
    max: Type.Number(),
    samples: count("repeated measurements behind it"),
    isSpread: Type.Boolean({
      description:
        "min and max say how far it varies: two samples or more, two bounds, or a figure that is the same every time, as a size is",
    }),
  },
  { description: "a figure of one target over the repeats" },
);
export type Reading = Static<typeof Reading>;

/** A figure measured once; null for what was not measured. */
export const single = (value: unknown): Reading | null =>
  isFigure(value) ? { median: value, min: value, max: value, samples: 1, isSpread: false } : null;

/** A figure that is the same each time it is read. */
export const exact = (value: unknown): Reading | null =>
  isFigure(value) ? { median: value, min: value, max: value, samples: 1, isSpread: true } : null;

/** A figure that was measured `samples` times within one run. */
export const repeated = (spread: Spread | null | undefined, samples: number): Reading | null =>
  spread ? { ...spread, samples, isSpread: samples > 1 } : null;

/** Several readings of one figure as one: the middle of the medians, the ends of all. */
export function mergeReadings(readings: readonly Reading[]): Reading | null {
  if (readings.length === 0) return null;
  return {
    median: median(readings.map((reading) => reading.median)),
    min: Math.min(...readings.map(({ min }) => min)),
    max: Math.max(...readings.map(({ max }) => max)),
    samples: readings.reduce((sum, reading) => sum + reading.samples, 0),
    isSpread: readings.length > 1 || readings.some(({ isSpread }) => isSpread),
  };
}

/**
 * One reading over another; least and most are the widest that both spreads allow, so that a ratio is never surer than
 * its parts. Null when either is missing or the lower one reaches zero.
 */
export function ratioOf(reading: Reading | null, reference: Reading | null, isSame = false): Reading | null {
  if (reading === null || reference === null || !(reference.min > 0)) return null;
  if (isSame) return { median: 1, min: 1, max: 1, samples: reading.samples, isSpread: reading.isSpread };
  return {
    median: reading.median / reference.median,
    min: reading.min / reference.max,
    max: reading.max / reference.min,
    samples: Math.min(reading.samples, reference.samples),
    isSpread: reading.isSpread && reference.isSpread,
  };
}
