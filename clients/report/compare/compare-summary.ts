/** The runs of a comparison as medians with their spread, by figure, scenario and target. Pure. */

import type { ComparedMember, ComparedScenario, CompareSummary, Reading, SkippedRun, SummaryCell, SummaryOutcome, SummaryRow } from "../model/compare-block.ts";
import type { Report } from "../model/report.ts";
import { type ComparedFigure, comparedFigures, mergeReadings, publishedFor } from "./compare-figures.ts";

/** The targets every other is set in relation to, where they were measured. */
export const ratioReferences: readonly string[] = ["cpython", "go"];

export interface SummaryInput {
  targets: readonly string[];
  scenarios: readonly ComparedScenario[];
  members: readonly ComparedMember[];
  /** Of the members, in their order. */
  reports: readonly Report[];
  planned: number;
  skipped: readonly SkippedRun[];
}

/** Whether a run's figures count: it was finished, and generator and host could be trusted. */
export const isCounted = ({ state, verdict }: Report): boolean => state === "finished" && verdict !== null && verdict !== "invalid";

/** The summary of all runs so far. */
export function summarizeComparison({ targets, scenarios, members, reports, planned, skipped }: SummaryInput): CompareSummary {
  const runsOf = (scenario: string, target?: string): Report[] =>
    members.flatMap((member, index) => (member.scenario === scenario && (target === undefined || member.target === target) ? [reports[index]!] : []));
  const rows = scenarios.flatMap(({ name, kind }) =>
    comparedFigures(kind, runsOf(name)).flatMap((figure) => rowOf(figure, name, kind, targets, (target) => runsOf(name, target)) ?? []),
  );
  const outcomes = scenarios.flatMap(({ name }) => targets.map((target) => outcomeOf(name, target, runsOf(name, target))));
  return { targets: [...targets], scenarios: [...scenarios], members: [...members], planned, skipped: [...skipped], rows, outcomes };
}

/** Null for a figure that no run has measured. */
function rowOf(figure: ComparedFigure, scenario: string, kind: string, targets: readonly string[], runsOn: (target: string) => Report[]): SummaryRow | null {
  const cells: Record<string, SummaryCell> = {};
  for (const target of targets) {
    const readings = runsOn(target)
      .filter(isCounted)
      .flatMap((report) => figure.read(report) ?? []);
    cells[target] = { reading: mergeReadings(readings), published: publishedFor(figure.section, figure.name, target) };
  }
  if (Object.values(cells).every(({ reading }) => reading === null)) return null;
  const { section, name, title, unit, better, nature = "level" } = figure;
  return { scenario, kind, section, figure: name, title, unit, better, nature, cells, ratios: ratiosOf(cells) };
}

function ratiosOf(cells: Record<string, SummaryCell>): SummaryRow["ratios"] {
  const references = ratioReferences.filter((name) => cells[name]?.reading);
  return Object.fromEntries(
    references.map((name) => [
      name,
      Object.fromEntries(Object.entries(cells).map(([target, { reading }]) => [target, ratioOf(reading, cells[name]?.reading ?? null, target === name)])),
    ]),
  );
}

/**
 * One reading over another; least and most are the widest that both spreads allow, so that a ratio is never surer than its parts.
 * Null when either is missing or the lower one reaches zero.
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

function outcomeOf(scenario: string, target: string, reports: readonly Report[]): SummaryOutcome {
  const counted = reports.filter(isCounted);
  return {
    scenario,
    target,
    counted: counted.length,
    failed: counted.filter(({ verdict }) => verdict === "fail").length,
    invalid: reports.filter(({ state, verdict }) => state === "finished" && verdict === "invalid").length,
    interrupted: reports.filter(({ state }) => state !== "finished").length,
  };
}

/** The row of a figure; the first scenario that has it, where several do. */
export function findRow(summary: Pick<CompareSummary, "rows">, section: string, figure: string): SummaryRow | null {
  return summary.rows.find((row) => row.section === section && row.figure === figure) ?? null;
}
