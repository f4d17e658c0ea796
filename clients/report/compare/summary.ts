/** The runs of a comparison as medians with their spread, by figure, scenario and target. Pure. */
import { publishedFigures } from "../model/figures/article.ts";
import { type Figure, titleWithUnit } from "../model/figures/figure.ts";
import { figures, stepFigures } from "../model/figures/figures.ts";
import { mergeReadings, ratioOf } from "../model/figures/reading.ts";
import type { Report } from "../model/report.ts";
import type {
  ComparedMember,
  ComparedScenario,
  CompareSummary,
  SectionName,
  SkippedRun,
  SummaryCell,
  SummaryOutcome,
  SummaryRow,
} from "../model/schema/compare-block.ts";

/** The targets every other is set in relation to, where they were measured. */
const ratioReferences: readonly string[] = ["cpython", "go"];

const sectionsOfKind: Readonly<Record<string, readonly SectionName[]>> = {
  api: ["api"],
  streams: ["streams"],
  pipeline: ["pipeline", "footprint"],
  capacity: ["capacity"],
  soak: ["soak"],
};

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
export const isCounted = ({ state, verdict }: Report): boolean =>
  state === "finished" && verdict !== null && verdict !== "invalid";

/** The summary of all runs so far. */
export function summarizeComparison({
  targets,
  scenarios,
  members,
  reports,
  planned,
  skipped,
}: SummaryInput): CompareSummary {
  const runsOf = (scenario: string, target?: string): Report[] =>
    members.flatMap((member, index) =>
      member.scenario === scenario && (target === undefined || member.target === target) ? [reports[index]!] : [],
    );
  const rows = scenarios.flatMap(({ name, kind }) =>
    (sectionsOfKind[kind] ?? (["connections"] as const)).flatMap((section) =>
      [...figures, ...stepFigures(runsOf(name))]
        .filter(({ row }) => row?.sections.includes(section))
        .flatMap(
          (figure) => rowOf(figure, { scenario: name, kind, section }, targets, (target) => runsOf(name, target)) ?? [],
        ),
    ),
  );
  const outcomes = scenarios.flatMap(({ name }) =>
    targets.map((target) => outcomeOf(name, target, runsOf(name, target))),
  );
  return {
    targets: [...targets],
    scenarios: [...scenarios],
    members: [...members],
    planned,
    skipped: [...skipped],
    rows,
    outcomes,
  };
}

type Place = Pick<SummaryRow, "scenario" | "kind" | "section">;

/** Null for a figure that no run has measured. */
function rowOf(
  figure: Figure,
  place: Place,
  targets: readonly string[],
  runsOn: (target: string) => Report[],
): SummaryRow | null {
  const { title: label, unit, better, nature, row, read } = figure;
  const name = row?.name ?? figure.name;
  const cells: Record<string, SummaryCell> = {};
  for (const target of targets) {
    const readings = runsOn(target)
      .filter(isCounted)
      .flatMap((report) => read(report) ?? []);
    cells[target] = {
      reading: mergeReadings(readings),
      published: publishedFigures[`${place.section}.${name}`]?.[target] ?? null,
    };
  }
  if (Object.values(cells).every(({ reading }) => reading === null)) return null;
  const kept = nature === "events" ? nature : "level";
  return {
    ...place,
    figure: name,
    title: row?.title ?? titleWithUnit(figure),
    label,
    unit,
    better,
    nature: kept,
    cells,
    ratios: ratiosOf(cells),
  };
}

function ratiosOf(cells: Record<string, SummaryCell>): SummaryRow["ratios"] {
  const references = ratioReferences.filter((name) => cells[name]?.reading);
  return Object.fromEntries(
    references.map((name) => [
      name,
      Object.fromEntries(
        Object.entries(cells).map(([target, { reading }]) => [
          target,
          ratioOf(reading, cells[name]?.reading ?? null, target === name),
        ]),
      ),
    ]),
  );
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

/** Of values in columns, the target that is best beyond the spread of every other; null when none is. */
export function bestOf({ cells, better }: Pick<SummaryRow, "cells" | "better">): string | null {
  const known = Object.entries(cells).flatMap(([target, { reading }]) =>
    reading === null ? [] : [{ target, reading }],
  );
  if (known.length < 2) return null;
  const best = known.find(({ target, reading }) =>
    known.every(
      (other) =>
        other.target === target ||
        (better === "lower" ? reading.max < other.reading.min : reading.min > other.reading.max),
    ),
  );
  return best?.target ?? null;
}
