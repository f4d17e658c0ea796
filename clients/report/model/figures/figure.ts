/** What a figure is by which runs are compared; figures.ts has them all. */

import type { Unit } from "../format.ts";
import type { Interval } from "../interval.ts";
import type { Report } from "../report.ts";
import type { SectionName } from "../schema/compare-block.ts";
import type { Quantiles } from "../schema/quantiles-field.ts";
import { type Reading, single } from "./reading.ts";

/**
 * How the noise of a figure is modelled: a quantile of samples, a count of rare events, or a level read again and
 * again.
 */
export type FigureNature = "quantile" | "events" | "level";

/** One figure of a report: where it is read, how it is written, which direction is better. */
export interface Figure {
  /** The field in report.json, or a name of its own when it is computed from several. */
  name: string;
  /** At most 24 characters: the first column of a table 80 columns wide. */
  title: string;
  unit: Unit;
  better: "lower" | "higher";
  nature: FigureNature;
  /** A difference below this is no difference, in the figure's unit. */
  floor: number;
  /**
   * The relative difference that is noise when no intervals tell better; where it is absent, the default of the diff.
   */
  tolerance?: number;
  /** Null: not measured. */
  read: (report: Report) => Reading | null;
  /** Of a quantile, which. */
  quantile?: { latency: keyof Report["latencyMs"]; rank: "p50" | "p99" | "p999" };
  /** Of events, how many there could have been. */
  exposure?: (report: Report) => number | null | undefined;
  /**
   * What one second says about it, null for a second that says nothing; absent where none does (a peak, a count of the
   * whole run).
   */
  readSecond?: (second: Interval, before: Interval | undefined) => number | null;
  /** Who answers more uses more: in a closed loop it says nothing by itself. */
  growsWithAnswers?: true;
  /** What a comparison over repeats calls it; absent where that has no such row. */
  row?: FigureRow;
  /** In no table of single runs and no diff of two, which have it in another form. */
  isSummaryOnly?: true;
}

export interface FigureRow {
  /** `summary.rows[].figure` of report.json. */
  name: string;
  sections: readonly SectionName[];
  /** Where the title is too long for 18 characters with its unit. */
  title?: string;
  /** Left out in a terminal, where there is no room for everything. */
  isPageOnly?: true;
}

type Extra = Partial<Omit<Figure, "name" | "title" | "read">>;
type Read = (report: Report) => Reading | number | null | undefined;

/** One that is read from the report. */
export function figure(name: string, title: string, read: Read, extra: Extra): Figure {
  const asReading = (value: ReturnType<Read>): Reading | null => (typeof value === "object" ? value : single(value));
  return {
    name,
    title,
    unit: "count",
    better: "lower",
    nature: "level",
    floor: 0,
    ...extra,
    read: (report) => asReading(read(report)),
  };
}

/** One that is a quantile of a latency. */
export function quantile(
  latency: NonNullable<Figure["quantile"]>["latency"],
  rank: "p50" | "p99" | "p999",
  title: string,
  row: Omit<FigureRow, "name"> | null,
): Figure {
  return figure(`latencyMs.${latency}.${rank}`, title, ({ latencyMs }) => latencyMs[latency]?.[rank], {
    unit: "milliseconds",
    nature: "quantile",
    floor: 1,
    quantile: { latency, rank },
    readSecond: ({ latencyMs }) => (latencyMs[latency]?.count ? latencyMs[latency][rank] : null),
    ...(row === null ? {} : { row: { name: `${latency}.${rank}`, ...row } }),
  });
}

const unitWords: Partial<Record<Unit, string>> = {
  milliseconds: "ms",
  mebibytes: "MiB",
  kibibytes: "KiB",
  cores: "cores",
};

/** The title with the unit, for cells that have none. */
export const titleWithUnit = ({ title, unit }: Pick<Figure, "title" | "unit">): string =>
  unitWords[unit] === undefined ? title : `${title}, ${unitWords[unit]}`;

/** The quantiles of one latency when any sample was taken, else null. */
export function measuredQuantiles({ latencyMs }: Report, latency: keyof Report["latencyMs"]): Quantiles | null {
  return latencyMs[latency]?.count ? latencyMs[latency] : null;
}
