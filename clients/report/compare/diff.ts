/** Two reports, figure by figure: better, worse, or the same within noise. Pure. */

import { seededRandom } from "../../measure/statistics/seeded-random.ts";
import { comparisonOf } from "../model/compare-block.ts";
import { type Figure, figures } from "../model/figure.ts";
import { formatFigure, formatNumber, formatShare, isFigure, notMeasured } from "../model/format.ts";
import { countNoise, quantileShares, resampledHalfWidth } from "../model/noise.ts";
import type { Interval, Quantiles, Report } from "../model/report.ts";
import { textTable, wrap } from "../text/text-table.ts";
import { comparisonRows, pipelineRows } from "./diff-spread.ts";

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

export interface Diff {
  rows: DiffRow[];
  /** What makes the two runs hard to compare: another host, engine, scenario, an invalid run. */
  notes: string[];
  /** A figure is worse beyond noise, or the second run failed where the first passed. */
  isRegression: boolean;
}

export interface DiffOptions {
  beforeIntervals?: readonly Interval[];
  afterIntervals?: readonly Interval[];
  /** Relative difference that is noise when no intervals are given (0.1), and the least that is assumed when they are (0.05). */
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
  return { rows, notes: notesOn(before, after), isRegression: hasFailed || rows.some((row) => row.verdict === "worse") };
}

/** A comparison has rows of its own, a pipeline one for each variant; every other kind is its figures. */
function ownRows(before: Report, after: Report, options: Chance): DiffRow[] {
  const [first, second] = [comparisonOf(before), comparisonOf(after)];
  if (first !== null && second !== null) return comparisonRows(first, second);
  const isPipeline = before.kind === "pipeline" && after.kind === "pipeline";
  // Who answers more uses more: an API's cost is that of an answer.
  const isApi = before.kind === "api" && after.kind === "api";
  const shown = figures.filter(({ name }) => (isPipeline ? name === "deployableMiB" : !(isApi && name.startsWith("usage.target.cpu"))));
  const rows = shown.flatMap((figure) => (figure.read(before) === null && figure.read(after) === null ? [] : [diffRow(figure, before, after, options)]));
  return isPipeline ? [...pipelineRows(before, after), ...rows] : rows;
}

type Chance = DiffOptions & { random: () => number };

function diffRow(figure: Figure, before: Report, after: Report, options: Chance): DiffRow {
  const [old, now] = [figure.read(before), figure.read(after)];
  const named = { figure: figure.name, title: figure.title, unit: figure.unit, before: old, after: now };
  if (old === null || now === null) {
    return { ...named, ratio: null, noise: null, verdict: "unknown", why: `${notMeasured} in the ${old === null ? "first" : "second"} run` };
  }
  const exposure = figure.nature === "events" ? exposureOf(figure, before, after) : 1;
  const expected = old * exposure;
  const { noise, how } = noiseOf(figure, { before, after, old, now, exposure }, options);
  const difference = now - expected;
  const isSame = Math.abs(difference) <= noise;
  const verdict = isSame ? "same" : difference < 0 === (figure.better === "lower") ? "better" : "worse";
  return { ...named, ratio: old > 0 ? now / old : null, noise, verdict, why: how };
}

/** How much more there was to lose in the second run. */
function exposureOf(figure: Figure, before: Report, after: Report): number {
  const of = (report: Report) =>
    figure.name.startsWith("pushes.")
      ? report.pushes?.due
      : figure.name === "requests.failed"
        ? report.requests?.due
        : figure.name === "connections.refused"
          ? report.connections.planned
          : report.connections.opened;
  const [old, now] = [of(before) ?? 0, of(after) ?? 0];
  return old > 0 ? now / old : 1;
}

interface Pair {
  before: Report;
  after: Report;
  old: number;
  now: number;
  exposure: number;
}

function noiseOf(figure: Figure, pair: Pair, options: Chance): { noise: number; how: string } {
  if (figure.nature === "events") return { noise: countNoise(pair.old, pair.now, pair.exposure), how: "Poisson, 1.96 sd" };
  const least = Math.max(figure.floor, (options.leastTolerance ?? 0.05) * Math.abs(pair.old));
  const spread = spreadOf(figure, pair, options);
  if (spread !== null)
    return {
      noise: Math.max(least, spread),
      how: spread > least ? "spread of the intervals" : `at least ${toleranceText(figure, least, pair.old)}`,
    };
  const tolerance = Math.max(figure.floor, (figure.tolerance ?? options.tolerance ?? 0.1) * Math.abs(pair.old));
  const ranks = rankSpread(figure, pair);
  if (ranks !== null && ranks > tolerance) return { noise: ranks, how: "ranks of the quantile" };
  return { noise: tolerance, how: `assumed ${toleranceText(figure, tolerance, pair.old)}` };
}

function toleranceText(figure: Figure, noise: number, old: number): string {
  return noise <= figure.floor || old === 0 ? formatFigure(noise, figure.unit) : formatShare(noise / Math.abs(old));
}

/** From the intervals of both runs, when both have enough of them. */
function spreadOf(figure: Figure, { old, now }: Pair, { beforeIntervals = [], afterIntervals = [], random }: Chance): number | null {
  const parts = [relativeSpread(figure, beforeIntervals, random), relativeSpread(figure, afterIntervals, random)];
  const [first, second] = parts;
  return isFigure(first) && isFigure(second) ? Math.hypot(first * old, second * now) : null;
}

function relativeSpread(figure: Figure, intervals: readonly Interval[], random: () => number): number | null {
  const values = figure.name === "qps" ? rightAnswers(intervals) : intervals.map((interval) => intervalFigure(figure, interval)).filter(isFigure);
  const half = resampledHalfWidth(values, random);
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return half === null || mean === 0 ? null : half / mean;
}

/** Right answers of each second of the hold; the counts of the intervals are totals. */
function rightAnswers(intervals: readonly Interval[]): number[] {
  return intervals.flatMap(({ phase, requests, atMs }, index) => {
    const before = intervals[index - 1];
    const elapsedMs = atMs - (before?.atMs ?? atMs);
    if (phase !== "hold" || before?.phase !== "hold" || !before.requests || !requests || elapsedMs <= 0) return [];
    return [((requests.ok - before.requests.ok) * 1000) / elapsedMs];
  });
}

/** What one second says about a figure; null where a second says nothing of it (a peak, a count of the whole run). */
function intervalFigure(figure: Figure, interval: Interval): number | null {
  const quantile = quantileOf(figure);
  if (quantile !== null) {
    const quantiles = interval.latencyMs[quantile.latency];
    return quantiles && quantiles.count > 0 ? quantiles[quantile.rank] : null;
  }
  const isCpuMean = figure.name === "usage.target.cpu.mean" || figure.name === "cpuPerThousandPushesMs";
  return isCpuMean && interval.phase !== "ramp" ? (interval.usage.target?.cpu ?? null) : null;
}

function quantileOf(figure: Figure): { latency: keyof Report["latencyMs"]; rank: keyof Quantiles } | null {
  const [, latency, rank] = /^latencyMs\.(\w+)\.(p50|p99|p999)$/.exec(figure.name) ?? [];
  return latency === undefined ? null : { latency: latency as keyof Report["latencyMs"], rank: rank as keyof Quantiles };
}

/** From the distributions in the reports: how far the quantile's confidence limits reach, both runs together. */
function rankSpread(figure: Figure, { before, after }: Pair): number | null {
  const quantile = quantileOf(figure);
  if (quantile?.latency !== "push" && quantile?.latency !== "request") return null;
  const { latency } = quantile;
  const share = { p50: 0.5, p99: 0.99, p999: 0.999 }[quantile.rank as "p50" | "p99" | "p999"];
  const halves = [before, after].map((report) => {
    const points = report.distribution?.[latency] ?? [];
    const { low, high } = quantileShares(report.latencyMs[latency]?.count ?? 0, share);
    const at = (wanted: number) => points.find((point) => point.share >= wanted)?.ms ?? points.at(-1)?.ms;
    const [from, to] = [at(low), at(high)];
    return isFigure(from) && isFigure(to) ? (to - from) / 2 : null;
  });
  const [first, second] = halves;
  return isFigure(first) && isFigure(second) ? Math.hypot(first, second) : null;
}

function notesOn(before: Report, after: Report): string[] {
  const differs = (what: string, of: (report: Report) => unknown) => {
    const [old, now] = [of(before), of(after)].map((value) => JSON.stringify(value) ?? "nothing");
    return old === now ? [] : [`${what} differs${(old ?? "").length + (now ?? "").length < 70 ? `: ${old} before, ${now} after` : ""}`];
  };
  return [
    ...[before, after].flatMap((report, index) =>
      report.verdict === "invalid" ? [`the ${index === 0 ? "first" : "second"} run is invalid: its figures say nothing certain about the target`] : [],
    ),
    ...[before, after].flatMap((report, index) =>
      report.state !== "finished" ? [`the ${index === 0 ? "first" : "second"} run is not finished (${report.state})`] : [],
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
export function diffText({ rows, notes, isRegression }: Diff): string {
  const cells = rows.map((row) => [
    row.title,
    formatFigure(row.before, row.unit),
    formatFigure(row.after, row.unit),
    row.ratio === null ? "-" : formatFigure(row.ratio, "ratio"),
    row.noise === null ? "-" : `+/-${row.unit === "count" ? formatNumber(row.noise) : formatFigure(row.noise, row.unit)}`,
    row.verdict === "worse" ? "WORSE" : row.verdict,
    row.why,
  ]);
  const columns = ["", "before", "after", "ratio", "noise", "", "noise from"].map((title, index) => ({
    title,
    align: index === 0 || index > 4 ? ("left" as const) : ("right" as const),
    width: [26, 12, 12, 7, 12, 7, 21][index] ?? 12,
  }));
  const worse = rows.filter((row) => row.verdict === "worse").map((row) => row.title);
  const outcome = isRegression
    ? `REGRESSION: ${worse.length > 0 ? worse.join(", ") : "the second run failed where the first passed"}`
    : "no regression beyond noise";
  const said = [outcome, ...notes.map((note) => `note: ${note}`)].flatMap((line) => wrap(line, 100));
  return `${[...textTable(columns, cells), "", ...said].join("\n")}\n`;
}
