/** One figure before and after, and whether the difference is more than noise. Pure. */
import type { Figure } from "../model/figures/figure.ts";
import { notMeasured } from "../model/format.ts";

/** `unknown`: one of the two runs did not measure it. */
export type DiffVerdict = "better" | "same" | "worse" | "unknown";

export interface DiffRow {
  figure: string;
  title: string;
  unit: Figure["unit"];
  before: number | null;
  after: number | null;
  /** after / before; null when either is missing or before is zero. */
  ratio: number | null;
  /** The largest absolute difference that is still noise, in the figure's unit; null when nothing can be compared. */
  noise: number | null;
  verdict: DiffVerdict;
  why: string;
}

/** The largest difference that is still noise, and where that is known from. */
export interface Noise {
  noise: number;
  why: string;
}

/**
 * `noise` is null when one of the two was not measured; `exposure` is how much more there was to lose in the second
 * run.
 */
export function diffRow(
  of: Pick<Figure, "title" | "unit" | "better"> & { figure: string },
  before: number | null,
  after: number | null,
  noise: Noise | null,
  exposure = 1,
): DiffRow {
  const { figure, title, unit, better } = of;
  const row = { figure, title, unit, before, after };
  if (before === null || after === null || noise === null)
    return {
      ...row,
      ratio: null,
      noise: null,
      verdict: "unknown",
      why: `${notMeasured} in the ${before === null ? "first" : "second"} run`,
    };
  const difference = after - before * exposure;
  const verdict =
    Math.abs(difference) <= noise.noise ? "same" : difference < 0 === (better === "lower") ? "better" : "worse";
  return { ...row, ratio: before > 0 ? after / before : null, verdict, ...noise };
}
