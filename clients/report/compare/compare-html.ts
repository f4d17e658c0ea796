/** Several runs on one page: the table, a bar chart per figure, and latency over time in one chart. */
import { type BarRow, barChart } from "../html/chart/bar-chart.ts";
import { renderChart } from "../html/chart/chart.ts";
import { type Layer, toneOf } from "../html/chart/layer.ts";
import { latencyScale, timeScale } from "../html/chart/scale.ts";
import { extent, pointsOf } from "../html/chart/series.ts";
import { layerValues, summarize } from "../html/chart/time-chart.ts";
import { headline } from "../html/latency-section.ts";
import { html, type Markup } from "../html/markup.ts";
import { renderPage } from "../html/page.ts";
import { charts, type Section, table } from "../html/section.ts";
import { verdictClass } from "../html/verdict-section.ts";
import { capacityOf } from "../model/capacity-block.ts";
import { type Figure, figuresOf } from "../model/figure.ts";
import { formatFigure, isFigure, notMeasured } from "../model/format.ts";
import type { Interval, Report } from "../model/report.ts";
import { goalSentence, limitSentence, loadUnit } from "../text/capacity-text.ts";
import { columnNames } from "../text/compare-text.ts";
import { verdictWord } from "../text/text.ts";
import { arePipelines, comparePipelinesSection } from "./pipeline-compare.ts";

/** One run to compare, with its intervals when there are any. */
export interface ComparedRun {
  report: Report;
  intervals?: readonly Interval[];
}

/** A section of a comparison page; null when these runs have nothing for it. */
export type CompareSectionOf = (runs: readonly ComparedRun[]) => Section | null;

/** `sections` are placed after the built-in ones, `first` before them; `builtIn` takes their place. */
export interface CompareOptions {
  title?: string;
  lead?: string;
  footer?: string;
  builtIn?: readonly CompareSectionOf[];
  first?: readonly CompareSectionOf[];
  sections?: readonly CompareSectionOf[];
}

/** The comparison page of any number of runs. */
export function renderCompareHtml(runs: readonly ComparedRun[], options: CompareOptions = {}): string {
  const figures = arePipelines(runs.map((run) => run.report)) ? [] : [figureSection, barSection, latencyOverTime];
  const builtIn = options.builtIn ?? [comparePipelinesSection, boundSection, ...figures, reasonSection];
  const all = [...(options.first ?? []), ...builtIn, ...(options.sections ?? [])];
  const sections = all.map((section) => section(runs)).filter((section): section is Section => section !== null);
  const names = columnNames(runs.map((run) => run.report));
  return renderPage({
    title: options.title ?? (names.length > 0 ? `Comparison: ${names.join(", ")}` : "Comparison"),
    lead: options.lead ?? leadOf(runs),
    opening: html``,
    sections,
    footer:
      options.footer ?? "Holdfast. Best figures among the runs that passed are set in bold. Quantiles come from merged histograms and are never averaged.",
  });
}

function leadOf(runs: readonly ComparedRun[]): string {
  const first = runs[0]?.report;
  if (first === undefined) return "No runs to compare.";
  const sameHost = runs.every((run) => run.report.host.name === first.host.name);
  const machine = sameHost ? `all on ${first.host.name} (${first.host.cpu}, ${first.host.cores} cores)` : "on different machines: compare with care";
  const what = first.log === undefined ? `${formatFigure(first.connections.planned, "count")} connections planned` : "the same log for each";
  return `${runs.length} runs, ${what}, ${machine}`;
}

/** The position of the best measured value among the runs that passed; null when fewer than two can be compared or all are equal. */
export function bestOf(figure: Figure, reports: readonly Report[]): number | null {
  const values = reports.map((report) => (report.verdict === "pass" ? figure.read(report) : null));
  const range = extent(values);
  if (range === null || values.filter(isFigure).length < 2 || range.high === range.low) return null;
  return values.indexOf(figure.better === "lower" ? range.low : range.high);
}

/** What each capacity search found, and whose limit it was; null when none of the runs is one. */
export function boundSection(runs: readonly ComparedRun[]): Section | null {
  const names = columnNames(runs.map((run) => run.report));
  const rows = runs.flatMap(({ report }, index) => {
    const block = capacityOf(report);
    return block === null ? [] : block.goals.map((goal) => [names[index] ?? "", goal.goal, goalSentence(goal, loadUnit(block)), limitSentence(block)]);
  });
  return rows.length === 0 ? null : { id: "bounds", title: "Capacity", body: table(["", "goal", "bounds", "whose limit"], rows) };
}

/** A row per figure, a column per run. */
export function figureSection(runs: readonly ComparedRun[]): Section | null {
  if (runs.length === 0) return null;
  const reports = runs.map((run) => run.report);
  const rows = figuresOf(reports).map((figure) => {
    const best = bestOf(figure, reports);
    return [figure.title, ...reports.map((report, index) => figureCell(figure, report, index === best))];
  });
  const verdicts = ["verdict", ...reports.map((report) => html`<span class="word ${verdictClass(report)}">${verdictWord(report)}</span>`)];
  return { id: "figures", title: "Figures", body: table(["", ...columnNames(reports)], [verdicts, ...rows], { from: 1 }) };
}

function figureCell(figure: Figure, report: Report, isBest: boolean): Markup {
  const value = figure.read(report);
  if (value === null) return html`<span class="absent">${notMeasured}</span>`;
  return isBest ? html`<b>${formatFigure(value, figure.unit)}</b>` : html`${formatFigure(value, figure.unit)}`;
}

/** A bar chart for each figure that at least two runs have measured and in which they differ. */
export function barSection(runs: readonly ComparedRun[]): Section | null {
  const reports = runs.map((run) => run.report);
  const names = columnNames(reports);
  const shown = figuresOf(reports, []).filter((figure) => {
    const values = reports.map(figure.read).filter(isFigure);
    return values.length >= 2 && values.some((value) => value !== values[0]);
  });
  if (shown.length === 0) return null;
  const bars = shown.map((figure) => {
    const rows: BarRow[] = reports.map((report, index) => ({ name: names[index] ?? "", tone: toneOf(index), value: figure.read(report) }));
    return barChart({ title: figure.title, note: `${figure.better} is better`, unit: figure.unit, rows });
  });
  return { id: "bars", title: "Side by side", body: charts(bars) };
}

/** The p99 of every run over time, each from its own start. */
export function latencyOverTime(runs: readonly ComparedRun[]): Section | null {
  const names = columnNames(runs.map((run) => run.report));
  const layers: Layer[] = runs.map(({ report, intervals = [] }, index) => ({
    kind: "line",
    name: names[index] ?? "",
    tone: toneOf(index),
    dashed: index >= 6,
    dots: true,
    points: pointsOf(
      intervals,
      (interval) => interval.atMs,
      (interval) => interval.latencyMs[headline(report)]?.p99,
    ),
  }));
  const values = [...layerValues(layers)].filter(isFigure);
  if (values.length === 0) return null;
  const y = latencyScale(values, 20);
  const last = extent(runs.flatMap((run) => [run.intervals?.at(-1)?.atMs]))?.high ?? 1000;
  const chart = renderChart({
    id: "chart-compare-p99",
    title: "p99 latency over time",
    unit: `ms, each second${y.kind === "log" ? ", log scale" : ""}`,
    describe: "Each run from its own start; a line that rises while the others lie flat belongs to a target whose queue grows.",
    summary: summarize(layers),
    x: timeScale(0, last),
    y,
    xTitle: "time since each run's start",
    layers,
    tall: true,
  });
  return { id: "latency", title: "Latency over time", body: chart };
}

/** Why a run did not pass. */
export function reasonSection(runs: readonly ComparedRun[]): Section | null {
  const names = columnNames(runs.map((run) => run.report));
  const rows = runs.flatMap(({ report }, index) =>
    report.reasons.map(({ code, text }) => [
      names[index] ?? "",
      html`<span class="word ${verdictClass(report)}">${verdictWord(report)}</span>`,
      html`${text} <code>${code}</code>`,
    ]),
  );
  return rows.length > 0 ? { id: "reasons", title: "Why", body: table(["run", "verdict", "reason"], rows) } : null;
}
