/** Two reports, figure by figure: better, worse, or the same within noise. Pure. */

import { seededRandom } from "../../measure/statistics/seeded-random.ts";
import { comparisonOf } from "../model/figures/comparison.ts";
import type { Figure } from "../model/figures/figure.ts";
import { figures } from "../model/figures/figures.ts";
import { countNoise, quantileShares, resampledHalfWidth } from "../model/figures/noise.ts";
import { stageFigures } from "../model/figures/stage-figures.ts";
import { formatFigure, formatNumber, formatShare, isFigure } from "../model/format.ts";
import type { Interval } from "../model/interval.ts";
import type { Report } from "../model/report.ts";
import { textTable, wrap } from "../text/text-table.ts";
import { type DiffRow, diffRow, type Noise } from "./diff-row.ts";
import { comparisonRows, pipelineRows } from "./diff-spread.ts";

export interface Diff {
  rows: DiffRow[];
  /** What makes the two runs hard to compare: another host, engine, scenario, an invalid run. */
  notes: string[];
  /** A figure is worse beyond noise, or the second run failed where the first passed. */
  isRegression: boolean;
  /**
   * Both runs were finished and neither is invalid: otherwise their figures decide nothing, and neither does {@link
   * isRegression}.
   */
  isConclusive: boolean;
}

export interface DiffOptions {
  beforeIntervals?: readonly Interval[];
  afterIntervals?: readonly Interval[];
  /**
   * Relative difference that is noise when no intervals are given (0.1), and the least that is assumed when they are
   * (0.05).
   */
  tolerance?: number;
  leastTolerance?: number;
  /** Numbers from 0 to below 1; by default the same row each time, so that a diff can be repeated. */
  random?: () => number;
}

/** Compares all figures that either report has measured. */
export function diffReports(before: Report, after: Report, options: DiffOptions = {}): Diff {
  const random = options.random ?? seededRandom(1);
  const rows = ownRows(before, after, { ...options, random });
  const hasFailed = before.verdict === "pass" && after.verdict === "fail";
  const isRegression = hasFailed || rows.some((row) => row.verdict === "worse");
  return { rows, notes: notesOn(before, after), isRegression, isConclusive: [before, after].every(isConclusive) };
}

/** A comparison has no verdict of its own: its runs have. */
function isConclusive(report: Report): boolean {
  const runs = comparisonOf(report)?.runs ?? [report];
  return runs.every(({ state, verdict }) => state === "finished" && verdict !== "invalid" && verdict !== null);
}

/** A comparison has rows of its own, a pipeline one for each variant; every other kind is its figures. */
function ownRows(before: Report, after: Report, options: Chance): DiffRow[] {
  const [first, second] = [comparisonOf(before), comparisonOf(after)];
  if (first !== null && second !== null) return comparisonRows(first, second);
  if (before.kind === "pipeline" && after.kind === "pipeline") return pipelineRows(before, after);
  const isApi = before.kind === "api" && after.kind === "api";
  return [...figures, ...stageFigures(before, after)].flatMap((figure) => {
    if (figure.isSummaryOnly || (isApi && figure.growsWithAnswers)) return [];
    const [old, now] = [figure.read(before)?.median ?? null, figure.read(after)?.median ?? null];
    if (old === null && now === null) return [];
    const exposure = exposureOf(figure, before, after);
    const noise = old === null || now === null ? null : noiseOf(figure, { before, after, old, now, exposure }, options);
    return [diffRow({ ...figure, figure: figure.name }, old, now, noise, exposure)];
  });
}

type Chance = DiffOptions & { random: () => number };

/** How much more there was to lose in the second run; 1 for what is no loss. */
function exposureOf({ exposure }: Figure, before: Report, after: Report): number {
  const [old, now] = [exposure?.(before) ?? 0, exposure?.(after) ?? 0];
  return old > 0 ? now / old : 1;
}

interface Pair {
  before: Report;
  after: Report;
  old: number;
  now: number;
  exposure: number;
}

function noiseOf(figure: Figure, pair: Pair, options: Chance): Noise {
  if (figure.nature === "events")
    return { noise: countNoise(pair.old, pair.now, pair.exposure), why: "Poisson, 1.96 sd" };
  const least = Math.max(figure.floor, (options.leastTolerance ?? 0.05) * Math.abs(pair.old));
  const spread = spreadOf(figure, pair, options);
  if (spread !== null) {
    const why = spread > least ? "spread of the intervals" : `at least ${toleranceText(figure, least, pair.old)}`;
    return { noise: Math.max(least, spread), why };
  }
  const tolerance = Math.max(figure.floor, (figure.tolerance ?? options.tolerance ?? 0.1) * Math.abs(pair.old));
  const ranks = rankSpread(figure, pair);
  if (ranks !== null && ranks > tolerance) return { noise: ranks, why: "ranks of the quantile" };
  return { noise: tolerance, why: `assumed ${toleranceText(figure, tolerance, pair.old)}` };
}

function toleranceText(figure: Figure, noise: number, old: number): string {
  return noise <= figure.floor || old === 0 ? formatFigure(noise, figure.unit) : formatShare(noise / Math.abs(old));
}

/** How far two runs' figures reach together; null unless both tell. */
const together = (first: number | null, second: number | null): number | null =>
  isFigure(first) && isFigure(second) ? Math.hypot(first, second) : null;

/** From the intervals of both runs, when both have enough of them. */
function spreadOf(
  figure: Figure,
  { old, now }: Pair,
  { beforeIntervals = [], afterIntervals = [], random }: Chance,
): number | null {
  const [first, second] = [
    relativeSpread(figure, beforeIntervals, random),
    relativeSpread(figure, afterIntervals, random),
  ];
  return together(first === null ? null : first * old, second === null ? null : second * now);
}

function relativeSpread({ readSecond }: Figure, intervals: readonly Interval[], random: () => number): number | null {
  if (readSecond === undefined) return null;
  const values = intervals.map((interval, index) => readSecond(interval, intervals[index - 1])).filter(isFigure);
  const half = resampledHalfWidth(values, random);
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return half === null || mean === 0 ? null : half / mean;
}

/** From the distributions in the reports: how far the quantile's confidence limits reach, both runs together. */
function rankSpread({ quantile }: Figure, { before, after }: Pair): number | null {
  if (quantile?.latency !== "push" && quantile?.latency !== "request") return null;
  const { latency, rank } = quantile;
  const halfOf = (report: Report): number | null => {
    const points = report.distribution?.[latency] ?? [];
    const { low, high } = quantileShares(report.latencyMs[latency]?.count ?? 0, shareOf[rank]);
    const [from, to] = [low, high].map(
      (wanted) => points.find(({ share }) => share >= wanted)?.ms ?? points.at(-1)?.ms,
    );
    return isFigure(from) && isFigure(to) ? (to - from) / 2 : null;
  };
  return together(halfOf(before), halfOf(after));
}

const shareOf = { p50: 0.5, p99: 0.99, p999: 0.999 } as const;

function notesOn(before: Report, after: Report): string[] {
  const differs = (what: string, of: (report: Report) => unknown) => {
    const [old, now] = [of(before), of(after)].map((value) => JSON.stringify(value) ?? "nothing");
    return old === now
      ? []
      : [`${what} differs${(old ?? "").length + (now ?? "").length < 70 ? `: ${old} before, ${now} after` : ""}`];
  };
  return [
    ...[before, after].flatMap((report, index) =>
      report.verdict === "invalid"
        ? [
            `the ${index === 0 ? "first" : "second"} run is invalid: its figures are not reliable evidence about the target`,
          ]
        : [],
    ),
    ...[before, after].flatMap((report, index) =>
      report.state !== "finished"
        ? [`the ${index === 0 ? "first" : "second"} run is not finished (${report.state})`]
        : [],
    ),
    ...differs("the verdict", (report) => report.verdict ?? "none"),
    ...differs("the kind", (report) => report.kind),
    ...differs("the host", (report) => report.host.name),
    ...differs("the engine", (report) => report.engine),
    ...differs("the clock", (report) => report.clock),
    ...differs("the target's version", (report) => report.target.version),
    ...differs("the scenario", (report) => report.scenario),
  ];
}

/** The rows for a terminal, at most 100 columns wide, and the outcome in one line. */
export function diffText({ rows, notes, isRegression, isConclusive }: Diff): string {
  const cells = rows.map((row) => [
    row.title,
    formatFigure(row.before, row.unit),
    formatFigure(row.after, row.unit),
    row.ratio === null ? "-" : formatFigure(row.ratio, "ratio"),
    row.noise === null
      ? "-"
      : `+/-${row.unit === "count" ? formatNumber(row.noise) : formatFigure(row.noise, row.unit)}`,
    row.verdict === "worse" ? "WORSE" : row.verdict,
    row.why,
  ]);
  const columns = ["", "before", "after", "ratio", "noise", "", "noise from"].map((title, index) => ({
    title,
    align: index === 0 || index > 4 ? ("left" as const) : ("right" as const),
    maxCells: [26, 12, 12, 7, 12, 7, 21][index] ?? 12,
  }));
  const worse = rows.filter((row) => row.verdict === "worse").map((row) => row.title);
  const outcome = !isConclusive
    ? "INCONCLUSIVE: an invalid or unfinished run shows neither that anything got worse nor that nothing did"
    : isRegression
      ? `REGRESSION: ${worse.length > 0 ? worse.join(", ") : "the second run failed where the first passed"}`
      : "no regression beyond noise";
  const said = [outcome, ...notes.map((note) => `note: ${note}`)].flatMap((line) => wrap(line, 100));
  return `${[...textTable({ columns, rows: cells }), "", ...said].join("\n")}\n`;
}
