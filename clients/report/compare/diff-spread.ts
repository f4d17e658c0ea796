/** Rows of a diff for figures that were measured several times: variants of a pipeline, and everything of a comparison. Pure. */

import type { ComparisonReport, Reading, SummaryRow } from "../model/compare-block.ts";
import { notMeasured, type Unit } from "../model/format.ts";
import { countNoise } from "../model/noise.ts";
import type { Spread, VariantResult } from "../model/pipeline-block.ts";
import type { Report } from "../model/report.ts";
import type { DiffRow, DiffVerdict } from "./diff.ts";

/** A difference below this share is no difference; where there is no spread, below the second. */
const leastTolerance = 0.05;
const assumedTolerance = 0.1;

interface SpreadFigure {
  figure: string;
  title: string;
  unit: Unit;
  better: "lower" | "higher";
  nature: "level" | "events";
  /** A difference below this is no difference, in the figure's unit. */
  floor: number;
}

const floors: Partial<Record<Unit, number>> = { milliseconds: 1, mebibytes: 1, kibibytes: 0.1, cores: 0.02, share: 0.01 };

/**
 * One figure before and after: worse only when the medians lie further apart than both spreads together reach, and never by less than
 * 5 %; 10 % where one of them was measured only once.
 */
export function spreadRow(figure: SpreadFigure, before: Reading | null, after: Reading | null): DiffRow {
  const { title, unit, better, nature, floor } = figure;
  const [old, now] = [before?.median ?? null, after?.median ?? null];
  const named = { figure: figure.figure, title, unit, before: old, after: now };
  if (before === null || after === null || old === null || now === null)
    return { ...named, ratio: null, noise: null, verdict: "unknown", why: `${notMeasured} in the ${before === null ? "first" : "second"} run` };
  const { noise, why } = nature === "events" ? { noise: countNoise(old, now, 1), why: "Poisson, 1.96 sd" } : noiseOf(before, after, floor);
  const difference = now - old;
  const verdict: DiffVerdict = Math.abs(difference) <= noise ? "same" : difference < 0 === (better === "lower") ? "better" : "worse";
  return { ...named, ratio: old > 0 ? now / old : null, noise, verdict, why };
}

function noiseOf(before: Reading, after: Reading, floor: number): { noise: number; why: string } {
  const isSpread = before.isSpread && after.isSpread;
  const reach = ({ median, min, max }: Reading): number => Math.max(max - median, median - min);
  const tolerance = Math.max(floor, (isSpread ? leastTolerance : assumedTolerance) * Math.abs(before.median));
  const spread = reach(before) + reach(after);
  if (spread > tolerance) return { noise: spread, why: "spread of the repeats" };
  return { noise: tolerance, why: isSpread ? "at least 5.0 %" : "assumed 10.0 %" };
}

const readingOf = (spread: Spread | null | undefined, samples: number): Reading | null => (spread ? { ...spread, samples, isSpread: samples > 1 } : null);
const single = (value: number | null | undefined): Reading | null =>
  typeof value === "number" ? { median: value, min: value, max: value, samples: 1, isSpread: false } : null;

/** The variants of two pipeline runs, each by its name, and the time to start. */
export function pipelineRows(before: Report, after: Report): DiffRow[] {
  const named = ({ variants = [] }: Report, name: string): VariantResult | undefined => variants.find((variant) => variant.name === name);
  const names = new Set([...(before.variants ?? []), ...(after.variants ?? [])].map(({ name }) => name));
  const rows = [...names].flatMap((name) => {
    const [old, now] = [named(before, name), named(after, name)];
    const base = { unit: "milliseconds" as const, better: "lower" as const, nature: "level" as const };
    return [
      spreadRow({ ...base, figure: `variants.${name}.ms`, title: name, floor: 5 }, readingOf(old?.ms, old?.runs ?? 0), readingOf(now?.ms, now?.runs ?? 0)),
      spreadRow({ ...base, figure: `variants.${name}.rssMiB`, title: `${name}, MiB`, unit: "mebibytes", floor: 1 }, single(old?.rssMiB), single(now?.rssMiB)),
    ];
  });
  const [old, now] = [before.footprint, after.footprint].map((footprint) => readingOf(footprint?.startUpMs, footprint?.starts ?? 0));
  const start = { figure: "startUpMs", title: "start-up", unit: "milliseconds" as const, better: "lower" as const, nature: "level" as const, floor: 10 };
  return [...rows, spreadRow(start, old ?? null, now ?? null)].filter(isMeasured);
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
    const { unit, better, nature, section } = row;
    // Who answers more uses more: in a closed loop the cores say nothing by themselves.
    if (section === "api" && row.figure.startsWith("cpu")) return [];
    return targets
      .map((target) => {
        const isShared = /^(rssMiB|cpu)/.test(row.figure);
        const title = `${target} ${row.title.replace(/, (ms|MiB|cores)$/, "")}${isShared ? `, ${section}` : ""}`;
        const figure = { figure: `${key} ${target}`, title, unit, better, nature, floor: floors[unit] ?? 0 };
        return spreadRow(figure, old.get(key)?.cells[target]?.reading ?? null, now.get(key)?.cells[target]?.reading ?? null);
      })
      .filter(isMeasured);
  });
}
