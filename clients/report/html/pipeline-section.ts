/** A pipeline run for people: a row per variant, what the target costs to have, and the same as charts. */

import { formatFigure, formatMilliseconds, formatNumber, isFigure, notMeasured, plural } from "../model/format.ts";
import type { LogFacts, Spread, VariantResult } from "../model/pipeline-block.ts";
import type { Report } from "../model/report.ts";
import { textTable } from "../text/text-table.ts";
import { barChart } from "./chart/bar-chart.ts";
import { toneOf } from "./chart/layer.ts";
import { html, type Markup } from "./markup.ts";
import { charts, facts, type Section, table } from "./section.ts";

const count = (value: unknown) => formatFigure(value, "count");
const orAbsent = (value: number | null | undefined, format: (value: number) => string) => (isFigure(value) ? format(value) : "-");
const spread = (value: Spread | null | undefined) => (value ? `${formatMilliseconds(value.min)} to ${formatMilliseconds(value.max)}` : "-");
const cell = (value: string): Markup | string => (value === "-" ? html`<span class="absent">${notMeasured}</span>` : value);

/** What was parsed, in a line. */
export function logText({ lines, bytes, uniqueUsers, bad, firstBadLine }: LogFacts): string {
  const malformed = bad === 0 ? "no bad line" : `${plural(bad, "bad line")}, the first at ${count(firstBadLine)}`;
  return `${count(lines)} lines, ${formatFigure(bytes / 2 ** 20, "mebibytes")}, ${plural(uniqueUsers, "unique user")}, ${malformed}`;
}

/** How fast we wrote the logs of these runs beside how fast the fastest of all their variants read them; null where nothing was written. */
export function generationText(reports: readonly Report[]): string | null {
  const told = reports.flatMap(({ generation }) => (generation === undefined ? [] : [generation]));
  const slowest = told.sort((a, b) => a.megabytesPerSecond - b.megabytesPerSecond)[0];
  if (slowest === undefined) return null;
  const speed = (megabytes: number): string => `${formatNumber(megabytes)} MB/s`;
  const wrote = `generator: ${speed(slowest.megabytesPerSecond)} to the disk and flushed, before anything was measured`;
  const [fastest] = told.flatMap((each) => each.fastest ?? []).sort((a, b) => b.megabytesPerSecond - a.megabytesPerSecond);
  if (fastest === undefined) return wrote;
  const isSlower = slowest.megabytesPerSecond < fastest.megabytesPerSecond;
  const verdict = isSlower ? "we wrote slower than it reads, which cost time before the measurement and none in it" : "the generator is not the bottleneck";
  return `${wrote}; fastest variant: ${fastest.variant}, ${speed(fastest.megabytesPerSecond)} parsed: ${verdict}`;
}

/** What a variant answered, or why it has no figures. */
function outcome({ state, ok, why, uniqueUsers, badLines, firstBadLine }: VariantResult): string {
  if (!ok) return `${state}${why === null ? "" : `: ${why}`}`;
  return `right: ${plural(uniqueUsers ?? 0, "user")}${badLines ? `, ${plural(badLines, "bad line")}, the first at ${count(firstBadLine)}` : ""}`;
}

/** The block of a text report; null for other kinds. */
export function pipelineText(report: Report): { title: string; lines: string[] } | null {
  const { variants, log } = report;
  if (variants === undefined) return null;
  const titles = ["time in ms", "median", "min to max", "parsing", "CPU s", "memory", "lines/s", "to CPython"];
  const columns = titles.map((title, index) => ({ title, align: index === 0 ? ("left" as const) : ("right" as const), ...(index === 0 ? { width: 20 } : {}) }));
  const rows = variants
    .filter(({ ms }) => ms !== null)
    .map((variant) => [
      variant.name,
      orAbsent(variant.ms?.median, formatMilliseconds),
      spread(variant.ms),
      orAbsent(variant.parseMs?.median, formatMilliseconds),
      orAbsent(variant.cpuSeconds, formatNumber),
      orAbsent(variant.rssMiB, (value) => formatFigure(value, "mebibytes")),
      orAbsent(variant.linesPerSecond, count),
      orAbsent(variant.relativeToCpython, (value) => formatFigure(value, "ratio")),
    ]);
  const outcomes = variants.map((variant) => `${variant.name}: ${outcome(variant)}`);
  const table = rows.length > 0 ? textTable(columns, rows) : ["no variant was measured"];
  const generation = generationText([report]);
  return {
    title: "Pipeline",
    lines: [...(log === undefined ? [] : [logText(log)]), ...table, "", ...outcomes, ...(generation === null ? [] : ["", generation])],
  };
}

/** Start-up time and deployable size; null where they were not asked for. */
export function footprintText({ footprint }: Report): { title: string; lines: string[] } | null {
  if (footprint === undefined) return null;
  const { startUpMs, starts, deployableBytes } = footprint;
  const start = startUpMs === null ? notMeasured : `${formatFigure(startUpMs.median, "milliseconds")}, median of ${starts} (${spread(startUpMs)})`;
  const size = deployableBytes === null ? notMeasured : formatFigure(deployableBytes / 2 ** 20, "mebibytes");
  return {
    title: "Footprint",
    lines: [`from spawn to healthy ${start}`, `to deploy ${size}, the language's own runtime not included where it is installed apart`],
  };
}

/** The section of a page; null for other kinds. */
export function pipelineSection(report: Report): Section | null {
  const { variants, log } = report;
  if (variants === undefined) return null;
  const bars = (title: string, note: string, unit: "milliseconds" | "mebibytes" | "perSecond", read: (variant: VariantResult) => number | null | undefined) =>
    barChart({ title, note, unit, rows: variants.map((variant, index) => ({ name: variant.name, tone: toneOf(index), value: read(variant) ?? null })) });
  const generation = generationText([report]);
  const body = html`${log === undefined ? null : html`<p>${logText(log)}. Every answer was held against what the log is known to contain.</p>`}
${charts(
  bars("Time", "median, lower is better", "milliseconds", ({ ms }) => ms?.median),
  bars("Memory", "peak, lower is better", "mebibytes", ({ rssMiB }) => rssMiB),
)}${variantTable(variants)}${generation === null ? null : html`<p class="note">${generation}.</p>`}`;
  return { id: "pipeline", title: "Pipeline", body };
}

function variantTable(variants: readonly VariantResult[]): Markup {
  const rows = variants.map((variant) => [
    variant.name,
    cell(orAbsent(variant.ms?.median, formatMilliseconds)),
    cell(spread(variant.ms)),
    cell(orAbsent(variant.parseMs?.median, formatMilliseconds)),
    cell(orAbsent(variant.cpuSeconds, formatNumber)),
    cell(orAbsent(variant.rssMiB, formatNumber)),
    cell(orAbsent(variant.linesPerSecond, count)),
    cell(orAbsent(variant.relativeToCpython, (value) => formatFigure(value, "ratio"))),
    html`<span class="word ${variant.ok ? "is-pass" : variant.state === "unavailable" || variant.state === "not-run" ? "is-none" : "is-fail"}">${outcome(variant)}</span>`,
  ]);
  const titles = ["variant", "median, ms", "min to max", "parsing, ms", "CPU, s", "memory, MiB", "lines/s", "to CPython", "answer"];
  return table(titles, rows, { from: 1, to: 8, caption: "From spawn to exit; parsing is what the command says of itself, without the start of its runtime." });
}

/** Start-up time and deployable size as a section; null where they were not asked for. */
export function footprintSection({ footprint }: Report): Section | null {
  if (footprint === undefined) return null;
  const { startUpMs, starts, deployableBytes } = footprint;
  const rows: [string, string][] = [
    ["Start", startUpMs === null ? notMeasured : `${formatFigure(startUpMs.median, "milliseconds")}, median of ${starts}; ${spread(startUpMs)} ms`],
    ["To deploy", deployableBytes === null ? notMeasured : formatFigure(deployableBytes / 2 ** 20, "mebibytes")],
  ];
  const note = "From the spawn of the server to its first healthy answer, and the bytes one would copy to a server.";
  return { id: "footprint", title: "Footprint", body: html`${facts(rows)}<p class="note">${note} A runtime that is installed apart is not in the size.</p>` };
}

/** The key figures of a pipeline run, as tiles. */
export function pipelineKeys(report: Report): Markup {
  const tiles = (report.variants ?? []).map(({ name, ms, rssMiB }) => {
    const small = ms === null ? "" : `${spread(ms)}; ${orAbsent(rssMiB, (value) => formatFigure(value, "mebibytes"))}`;
    const value = ms === null ? html` class="absent"` : null;
    return html`<div><dt>${name}</dt><dd${value}>${ms === null ? notMeasured : formatFigure(ms.median, "milliseconds")}${small === "" ? null : html`<small>${small}</small>`}</dd></div>`;
  });
  return html`<dl class="keys">${tiles}</dl>`;
}
