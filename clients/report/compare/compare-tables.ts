/** The tables of a comparison as text, before they become lines, HTML or Markdown. Pure. */

import type { CompareSummary, Reading, SectionName, SummaryOutcome, SummaryRow } from "../model/compare-block.ts";
import { formatFigure, formatMilliseconds, formatNumber, formatShare, notMeasured, type Unit } from "../model/format.ts";

export const sectionTitles: Readonly<Record<SectionName, string>> = {
  connections: "Long connections",
  capacity: "Most connections held",
  api: "API",
  pipeline: "Pipeline",
  footprint: "Footprint",
  soak: "Soak",
};

export interface CompareTableRow {
  row: SummaryRow;
  title: string;
  /** By target: the median, and how far the repeats lie from it. */
  cells: (string | null)[];
  /** By target: least and most; null where there is no spread to tell. */
  ranges: (string | null)[];
  /** By target; null when the published comparison has none in this row. */
  published: (string | null)[] | null;
}

export interface CompareTable {
  section: SectionName;
  scenario: string;
  title: string;
  rows: CompareTableRow[];
  /** By target: how many runs the figures are of. */
  runs: string[];
}

/** A figure without its unit, which the row's title has. */
export function plainFigure(value: number, unit: Unit): string {
  if (unit === "milliseconds") return formatMilliseconds(value);
  if (unit === "share") return formatShare(value);
  if (unit === "mebibytes" || unit === "kibibytes" || unit === "perSecond") return formatNumber(value);
  return formatFigure(value, unit);
}

/** How far the ends lie from the median, as a share of it; null when that is not known or says nothing. */
export function spreadShare({ median, min, max, isSpread, samples }: Reading): number | null {
  if (!isSpread || samples < 2 || !(median > 0)) return null;
  return Math.max(max - median, median - min) / median;
}

/** "1,234 ±5%"; rare events as "0 to 3". */
export function readingText(reading: Reading, row: Pick<SummaryRow, "unit" | "nature">): string {
  const { median, min, max } = reading;
  if (row.nature === "events") return min === max ? plainFigure(min, row.unit) : `${plainFigure(min, row.unit)} to ${plainFigure(max, row.unit)}`;
  const share = spreadShare(reading);
  return share === null || share < 0.005 ? plainFigure(median, row.unit) : `${plainFigure(median, row.unit)} ±${(share * 100).toFixed(0)}%`;
}

/** The ends of a reading, with more than one sample behind them. */
export function rangeText({ min, max, samples }: Reading, unit: Unit): string | null {
  return samples < 2 || min === max ? null : `${plainFigure(min, unit)} to ${plainFigure(max, unit)}`;
}

/** How many runs a cell's figures are of, in at most 13 characters. */
export function outcomeText({ counted, failed, invalid, interrupted }: SummaryOutcome): string {
  const all = counted + invalid + interrupted;
  if (all === 0) return "not run";
  if (invalid + interrupted > 0) return counted === 0 ? (invalid > 0 ? "INVALID" : "cut short") : `${counted} of ${all} valid`;
  return failed === 0 ? `${counted} pass` : failed === counted ? `${failed} FAIL` : `${counted - failed} pass ${failed} FAIL`;
}

/** A table per scenario and section, in the order of the scenarios. */
export function compareTables(summary: CompareSummary): CompareTable[] {
  const tables: CompareTable[] = [];
  for (const scenario of summary.scenarios) {
    const rows = summary.rows.filter((row) => row.scenario === scenario.name);
    for (const section of new Set(rows.map((row) => row.section))) {
      const own = rows.filter((row) => row.section === section);
      const title = section === "footprint" ? sectionTitles.footprint : `${sectionTitles[section]}: ${scenario.title}`;
      tables.push({ section, scenario: scenario.name, title, rows: own.map((row) => tableRow(row, summary.targets)), runs: runsOf(summary, scenario.name) });
    }
    if (rows.length === 0 && summary.members.some((member) => member.scenario === scenario.name)) {
      const section = (scenario.kind in sectionTitles ? scenario.kind : "connections") as SectionName;
      tables.push({ section, scenario: scenario.name, title: `${sectionTitles[section]}: ${scenario.title}`, rows: [], runs: runsOf(summary, scenario.name) });
    }
  }
  return tables;
}

const runsOf = ({ outcomes, targets }: CompareSummary, scenario: string): string[] =>
  targets.map((target) => {
    const outcome = outcomes.find((candidate) => candidate.scenario === scenario && candidate.target === target);
    return outcome === undefined ? "not run" : outcomeText(outcome);
  });

function tableRow(row: SummaryRow, targets: readonly string[]): CompareTableRow {
  const cellOf = (target: string) => row.cells[target];
  const published = targets.map((target) => {
    const value = cellOf(target)?.published ?? null;
    return value === null ? null : plainFigure(value, row.unit);
  });
  return {
    row,
    title: row.title,
    cells: targets.map((target) => {
      const reading = cellOf(target)?.reading ?? null;
      // Go and Node.js have one parser; there is nothing that was not measured.
      if (reading === null) return row.figure === "otherMs" ? "-" : null;
      return readingText(reading, row);
    }),
    ranges: targets.map((target) => {
      const reading = cellOf(target)?.reading ?? null;
      return reading === null ? null : rangeText(reading, row.unit);
    }),
    published: published.every((value) => value === null) ? null : published,
  };
}

/** A figure over that of a reference: "2.10x (1.95x to 2.30x)". */
export function ratioText(ratio: Reading | null): string {
  if (ratio === null) return notMeasured;
  const { median, min, max, samples } = ratio;
  const ends = samples < 2 || min === max ? "" : ` (${formatFigure(min, "ratio")} to ${formatFigure(max, "ratio")})`;
  return `${formatFigure(median, "ratio")}${ends}`;
}

/** Rows whose figure can be set in relation: levels, not rare events, and not what was asked for. */
export const hasRatio = ({ nature, figure }: SummaryRow): boolean => nature === "level" && figure !== "held";
