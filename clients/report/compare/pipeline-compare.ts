/** Pipeline runs of several targets as one table: a row per variant, beside the published figures. */

import { barChart } from "../html/chart/bar-chart.ts";
import { toneOf } from "../html/chart/layer.ts";
import { html } from "../html/markup.ts";
import { generationText, logText } from "../html/pipeline-section.ts";
import { charts, type Section, table } from "../html/section.ts";
import { publishedLoad, publishedRelative, publishedSource, referenceVariant } from "../model/article.ts";
import { formatFigure, formatMilliseconds, formatNumber, isFigure, notMeasured } from "../model/format.ts";
import { relateToCpython } from "../model/pipeline-figures.ts";
import type { Report } from "../model/report.ts";
import { textTable, wrap } from "../text/text-table.ts";
import type { ComparedRun } from "./compare-html.ts";

const width = 80;
const publishedColumn = 3;
const titles = ["variant", "time, ms", "ratio", "published", "CPU s", "MiB", "start", "size"];

/** Whether these are pipeline runs all of them, which have a table of their own. */
export const arePipelines = (reports: readonly Report[]): boolean => reports.length > 0 && reports.every(({ kind }) => kind === "pipeline");

/** The cells of each variant, fastest first; those without a time last. */
function rowsOf(reports: readonly Report[]): string[][] {
  const rows = relateToCpython(reports).flatMap((report) =>
    (report.variants ?? []).map((variant) => {
      const published = publishedRelative(variant.name);
      const { startUpMs = null, deployableBytes = null } = report.footprint ?? {};
      const figure = (value: number | null | undefined, format: (value: number) => string): string => (isFigure(value) ? format(value) : "-");
      const cells = [
        variant.name,
        variant.ms === null ? variant.state : formatMilliseconds(variant.ms.median),
        figure(variant.relativeToCpython, (value) => formatFigure(value, "ratio")),
        figure(published, (value) => formatFigure(value, "ratio")),
        figure(variant.cpuSeconds, formatNumber),
        figure(variant.rssMiB, formatNumber),
        figure(startUpMs?.median, formatMilliseconds),
        figure(deployableBytes, (bytes) => formatNumber(bytes / 2 ** 20)),
      ];
      return { cells, order: variant.ms?.median ?? Number.POSITIVE_INFINITY };
    }),
  );
  return rows.sort((a, b) => a.order - b.order).map(({ cells }) => cells);
}

/** The logs differ: then nothing is in relation to anything. */
function logLine(reports: readonly Report[]): string {
  const logs = reports.flatMap(({ log }) => (log === undefined ? [] : [log]));
  const [first] = logs;
  const isOne = first !== undefined && logs.every((log) => JSON.stringify(log) === JSON.stringify(first));
  return isOne ? logText(first) : "the runs parsed different logs: compare with care";
}

const explanation = `time: median from spawn to exit. ratio: over that of ${referenceVariant} here. start: ms from the spawn of the server to healthy; size: MiB one would deploy, without the language's own runtime. ${publishedSource}; there: ${publishedLoad.pipeline}.`;

/** The table for a terminal 80 columns wide. */
export function comparePipelinesText(reports: readonly Report[]): string {
  const columns = titles.map((title, index) => ({ title, align: index === 0 ? ("left" as const) : ("right" as const), ...(index === 0 ? { width: 16 } : {}) }));
  return `${[logLine(reports), "", ...textTable(columns, rowsOf(reports)), "", ...wrap(explanation, width), ...generationLines(reports), ...reports.flatMap(whyNot)].join("\n")}\n`;
}

function generationLines(reports: readonly Report[]): string[] {
  const text = generationText(reports);
  return text === null ? [] : wrap(text, width);
}

/** Why a run did not pass. */
function whyNot({ target, verdict, reasons }: Report): string[] {
  return verdict === "pass"
    ? []
    : reasons.flatMap(({ code, text }) => wrap(`${target.name}: ${text} [${code}]`, width - 2).map((line, index) => (index === 0 ? line : `  ${line}`)));
}

/** The same as a section of a comparison page; null for other kinds. */
export function comparePipelinesSection(runs: readonly ComparedRun[]): Section | null {
  const reports = runs.map(({ report }) => report).filter(({ kind }) => kind === "pipeline");
  if (reports.length === 0) return null;
  const variants = reports.flatMap((report) => report.variants ?? []);
  const bars = (title: string, unit: "milliseconds" | "mebibytes", read: (variant: (typeof variants)[number]) => number | null) =>
    barChart({
      title,
      note: "lower is better",
      unit,
      rows: variants.map((variant, index) => ({ name: variant.name, tone: toneOf(index), value: read(variant) })),
    });
  const absent = (column: number): string => (column === publishedColumn ? "none" : notMeasured);
  const rows = rowsOf(reports).map((row) => row.map((value, column) => (value === "-" ? html`<span class="absent">${absent(column)}</span>` : value)));
  const generation = generationText(reports);
  const body = html`<p>${logLine(reports)}</p>${charts(
    bars("Time", "milliseconds", ({ ms }) => ms?.median ?? null),
    bars("Memory", "mebibytes", ({ rssMiB }) => rssMiB),
  )}${table(titles, rows, { from: 1 })}<p class="note">${explanation}</p>${generation === null ? null : html`<p class="note">${generation}.</p>`}`;
  return { id: "pipelines", title: "Pipeline", body };
}
