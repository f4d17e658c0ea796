/**
 * Rows of a diff for figures that were measured several times: variants of a pipeline, and everything of a comparison.
 * Pure.
 */

import type { ComparisonReport } from "../model/figures/comparison.ts";
import type { Figure } from "../model/figures/figure.ts";
import { figureOfRow, figures } from "../model/figures/figures.ts";
import { countNoise } from "../model/figures/noise.ts";
import { type Reading, repeated, single } from "../model/figures/reading.ts";
import type { Unit } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import type { SummaryRow } from "../model/schema/compare-block.ts";
import type { VariantResult } from "../model/schema/pipeline-block.ts";
import { type DiffRow, diffRow, type Noise } from "./diff-row.ts";

/** A difference below this share is no difference; where there is no spread, below the second. */
const leastTolerance = 0.05;
const assumedTolerance = 0.1;

type SpreadFigure = Pick<Figure, "title" | "unit" | "better" | "nature" | "floor"> & { figure: string };

const floors: Partial<Record<Unit, number>> = {
  milliseconds: 1,
  mebibytes: 1,
  kibibytes: 0.1,
  cores: 0.02,
  share: 0.01,
};

/**
 * One figure before and after: worse only when the medians lie further apart than both spreads together reach, and
 * never by less than 5 %; 10 % where one of them was measured only once.
 */
export function spreadRow(figure: SpreadFigure, before: Reading | null, after: Reading | null): DiffRow {
  return diffRow(
    figure,
    before?.median ?? null,
    after?.median ?? null,
    before === null || after === null ? null : noiseOf(figure, before, after),
  );
}

function noiseOf({ nature, floor }: SpreadFigure, before: Reading, after: Reading): Noise {
  if (nature === "events") return { noise: countNoise(before.median, after.median, 1), why: "Poisson, 1.96 sd" };
  const isSpread = before.isSpread && after.isSpread;
  const reach = ({ median, min, max }: Reading): number => Math.max(max - median, median - min);
  const tolerance = Math.max(floor, (isSpread ? leastTolerance : assumedTolerance) * Math.abs(before.median));
  const spread = reach(before) + reach(after);
  if (spread > tolerance) return { noise: spread, why: "spread of the repeats" };
  return { noise: tolerance, why: isSpread ? "at least 5.0 %" : "assumed 10.0 %" };
}

/** The variants of two pipeline runs, each by its name, and the time to start. */
export function pipelineRows(before: Report, after: Report): DiffRow[] {
  const named = ({ variants = [] }: Report, name: string): VariantResult | undefined =>
    variants.find((variant) => variant.name === name);
  const names = new Set([...(before.variants ?? []), ...(after.variants ?? [])].map(({ name }) => name));
  const rows = [...names].flatMap((name) => {
    const [old, now] = [named(before, name), named(after, name)];
    const base = { better: "lower", nature: "level" } as const;
    return [
      spreadRow(
        { ...base, figure: `variants.${name}.ms`, title: name, unit: "milliseconds", floor: 5 },
        repeated(old?.ms, old?.runs ?? 0),
        repeated(now?.ms, now?.runs ?? 0),
      ),
      spreadRow(
        { ...base, figure: `variants.${name}.rssMiB`, title: `${name}, MiB`, unit: "mebibytes", floor: 1 },
        single(old?.rssMiB),
        single(now?.rssMiB),
      ),
    ];
  });
  const footprint = figures.filter(({ row }) => row?.sections.includes("footprint"));
  return [
    ...rows,
    ...footprint.map((figure) =>
      spreadRow({ ...figure, figure: figure.row?.name ?? figure.name }, figure.read(before), figure.read(after)),
    ),
  ].filter(isMeasured);
}

const isMeasured = ({ before, after }: DiffRow): boolean => before !== null || after !== null;

/** Every figure of every scenario and target of two comparisons. */
export function comparisonRows(before: ComparisonReport, after: ComparisonReport): DiffRow[] {
  const keyOf = ({ scenario, figure }: SummaryRow): string => `${scenario} ${figure}`;
  const rowsOf = (report: ComparisonReport) => new Map(report.summary.rows.map((row) => [keyOf(row), row]));
  const [old, now] = [rowsOf(before), rowsOf(after)];
  const targets = [...new Set([...before.summary.targets, ...after.summary.targets])];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) => {
    const row = (old.get(key) ?? now.get(key))!;
    const { unit, better, nature, section, label = row.title } = row;
    const known = figureOfRow(section, row.figure);
    if (section === "api" && known?.growsWithAnswers) return [];
    // A figure that long connections and an API have alike needs the name of its section.
    const place = known?.row?.sections.includes("api") && known.row.sections.length > 1 ? `, ${section}` : "";
    return targets
      .map((target) => {
        const figure = {
          figure: `${key} ${target}`,
          title: `${target} ${label}${place}`,
          unit,
          better,
          nature,
          floor: floors[unit] ?? 0,
        };
        return spreadRow(
          figure,
          old.get(key)?.cells[target]?.reading ?? null,
          now.get(key)?.cells[target]?.reading ?? null,
        );
      })
      .filter(isMeasured);
  });
}
