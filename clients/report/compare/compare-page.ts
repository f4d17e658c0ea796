/** A comparison as a page: the article's tables with its figures beside the measured ones, ratios, advice, versions, every run. */

import { type BarRow, barChart } from "../html/chart/bar-chart.ts";
import { toneOf } from "../html/chart/layer.ts";
import { html, type Markup, type MarkupPart } from "../html/markup.ts";
import { charts, facts, type Section, table } from "../html/section.ts";
import { publishedLoad, publishedSource } from "../model/article.ts";
import type { AdviceOutcome, AdviceResult, ComparisonReport, SummaryRow } from "../model/compare-block.ts";
import { formatFigure, formatInstant, notMeasured, plural } from "../model/format.ts";
import type { Interval, Report } from "../model/report.ts";
import { targetFacts, titleOfComparison } from "./compare-facts.ts";
import { boundSection, type ComparedRun, figureSection, latencyOverTime, renderCompareHtml } from "./compare-html.ts";
import { isCounted } from "./compare-summary.ts";
import { type CompareTable, type CompareTableRow, compareTables, hasRatio, ratioText } from "./compare-tables.ts";

/** The page of a comparison; `intervalsOf` gives the seconds of one of its runs. */
export function renderComparisonHtml(report: ComparisonReport, intervalsOf: (run: string) => readonly Interval[] = () => []): string {
  const { summary } = report;
  const tables = compareTables(summary).map((one, index) => ({ id: `table-${index}`, title: one.title, body: tableBody(one, report) }));
  const sections: (Section | null)[] = [
    statusSection(report),
    ...tables,
    boundSection(report.runs.filter(({ kind }) => kind === "capacity").map((run) => ({ report: run }))),
    latencyOverTime(timed(report, intervalsOf)),
    summary.scenarios.length === 1 && summary.members.every(({ repeat }) => repeat === 1) ? figureSection(report.runs.map((run) => ({ report: run }))) : null,
    adviceSection("advice", "The published advice", report.advice),
    adviceSection("claim", "Its claims", report.advice),
    ...ratioSections(report),
    versionSection(report),
    whySection(report),
    runSection(report),
    hostSection(report),
  ];
  return renderCompareHtml([], {
    title: titleOfComparison(report),
    lead: leadOf(report),
    builtIn: sections.map((section) => () => section),
    footer: `Holdfast ${report.host.holdfast}, run ${report.run}. Medians over the repeats with least and most; a run that was invalid is in no figure. Quantiles of a run come from merged histograms and are never averaged.`,
  });
}

function leadOf({ summary, host, timing, run }: ComparisonReport): string {
  return `${summary.targets.join(", ")}; ${summary.members.length} of ${summary.planned} runs on ${host.name} (${host.cpu}, ${plural(host.cores, "core")}), ${formatInstant(timing.startedAt)}; run ${run}`;
}

/** What a reader must know before the figures: a comparison that is not whole, targets that are not there. */
function statusSection({ state, summary }: ComparisonReport): Section | null {
  const left = summary.skipped.filter(({ scenario }) => scenario === null);
  if (state === "finished" && left.length === 0) return null;
  const lines = [
    ...(state === "finished" ? [] : [`The comparison is ${state}: ${summary.members.length} of ${summary.planned} runs.`]),
    ...left.map(({ text }) => text),
  ];
  return { id: "status", title: "Not all of it", body: html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>` };
}

/** One run of each target with long connections, for a chart over time: the last whose figures count. */
function timed({ summary, runs }: ComparisonReport, intervalsOf: (run: string) => readonly Interval[]): ComparedRun[] {
  const scenario = summary.scenarios.find(({ kind }) => kind === "connections")?.name;
  return summary.targets.flatMap((target) => {
    const own = summary.members.flatMap((member, index) => (member.scenario === scenario && member.target === target ? [runs[index]!] : []));
    const shown = own.filter(isCounted).at(-1);
    return shown === undefined ? [] : [{ report: shown, intervals: intervalsOf(shown.run) }];
  });
}

const absent = html`<span class="absent">${notMeasured}</span>`;

function tableBody({ rows, runs, section }: CompareTable, { summary }: ComparisonReport): Markup {
  const lines: MarkupPart[][] = rows.flatMap(({ title, cells, ranges, published, row }) => [
    [title, ...cells.map((cell, index) => cellOf(cell, ranges[index] ?? null, summary.targets[index] === bestOf(row)))],
    ...(published === null ? [] : [[html`<span class="absent">published</span>`, ...published.map((cell) => html`<span class="absent">${cell ?? ""}</span>`)]]),
  ]);
  const load = publishedLoad[section];
  const hasPublished = rows.some(({ published }) => published !== null);
  const note = hasPublished ? html`<p class="note">${publishedSource}${load === undefined ? "" : `; there: ${load}`}.</p>` : null;
  return html`${table(["", ...summary.targets], [...lines, ["runs", ...runs]], { from: 1, caption: "median of the repeats, least to most below" })}${note}${bars(rows, summary.targets)}`;
}

function cellOf(cell: string | null, range: string | null, isBest: boolean): MarkupPart {
  if (cell === null) return absent;
  const value = isBest ? html`<b>${cell}</b>` : html`${cell}`;
  return range === null ? value : html`${value}<br><small class="absent">${range}</small>`;
}

/** The target that is best beyond the spread of every other; null when none is. */
export function bestOf({ cells, better }: Pick<SummaryRow, "cells" | "better">): string | null {
  const known = Object.entries(cells).flatMap(([target, { reading }]) => (reading === null ? [] : [{ target, reading }]));
  if (known.length < 2) return null;
  const best = known.find(({ target, reading }) =>
    known.every((other) => other.target === target || (better === "lower" ? reading.max < other.reading.min : reading.min > other.reading.max)),
  );
  return best?.target ?? null;
}

/** The figures of the article's three axes, as bars. */
const drawn: readonly string[] = ["push.p99", "qps", "request.p99", "rssMiB.steady", "ms", "startUpMs", "deployableMiB", "lower"];

function bars(rows: readonly CompareTableRow[], targets: readonly string[]): Markup | null {
  const shown = rows.filter(({ row }) => drawn.includes(row.figure));
  if (shown.length === 0) return null;
  return charts(
    shown.map(({ row }) => {
      const values: BarRow[] = targets.map((name, index) => ({ name, tone: toneOf(index), value: row.cells[name]?.reading?.median ?? null }));
      return barChart({ title: row.title.replace(/, (ms|MiB)$/, ""), note: `${row.better} is better`, unit: row.unit, rows: values });
    }),
  );
}

const outcomeClass: Record<AdviceOutcome, string> = { confirmed: "is-pass", refuted: "is-fail", undecided: "is-none" };

function adviceSection(group: AdviceResult["group"], title: string, advice: readonly AdviceResult[]): Section | null {
  const rows = advice
    .filter((one) => one.group === group)
    .map(({ need, says, because, outcome, figure }) => [need, says, because, html`<span class="word ${outcomeClass[outcome]}">${outcome}</span>`, figure]);
  if (rows.length === 0) return null;
  const caption = "Confirmed or refuted only where the spreads of the repeats lie apart; what was measured once decides nothing.";
  return { id: group, title, body: table(["need", "the article says", "because", "here", "the figure that decides"], rows, { caption }) };
}

function ratioSections({ summary }: ComparisonReport): (Section | null)[] {
  const references = [...new Set(summary.rows.flatMap((row) => Object.keys(row.ratios)))];
  return references.map((reference, index) => {
    const rows = summary.rows
      .filter((row) => hasRatio(row) && row.ratios[reference] !== undefined)
      .map((row) => [`${row.scenario}: ${row.title}`, ...summary.targets.map((target) => ratioText(row.ratios[reference]?.[target] ?? null))]);
    const body = table(["", ...summary.targets], rows, { from: 1, caption: "least and most are the widest that both spreads allow" });
    return rows.length === 0 ? null : { id: `ratios-${index}`, title: `In relation to ${reference}`, body };
  });
}

function versionSection(report: ComparisonReport): Section {
  const rows = targetFacts(report).map(({ target, version, settings }) => [target, version === "" ? absent : version, settings]);
  return { id: "versions", title: "Versions and settings", body: table(["target", "version", "settings"], rows) };
}

function whySection({ reasons, notes }: ComparisonReport): Section | null {
  const rows = [...reasons, ...notes].map(({ code, text }) => [html`<code>${code}</code>`, text]);
  return rows.length === 0 ? null : { id: "reasons", title: "Why", body: table(["", ""], rows) };
}

/** Every run in the order it was made, with the way to its own page. */
function runSection({ summary, runs }: ComparisonReport): Section {
  const rows = summary.members.map(({ run, scenario, target, repeat }, index) => {
    const report = runs[index] as Report;
    const word = report.state === "finished" ? (report.verdict ?? "none") : report.state;
    const tone = word === "pass" ? "is-pass" : word === "fail" ? "is-fail" : word === "invalid" ? "is-invalid" : "is-none";
    return [
      String(index + 1),
      String(repeat),
      scenario,
      target,
      html`<span class="word ${tone}">${word}</span>`,
      html`<a href="../${run}/report.html">${run}</a>`,
    ];
  });
  return { id: "runs", title: "Runs, in order", body: table(["", "repeat", "scenario", "target", "verdict", "report"], rows) };
}

function hostSection({ host, timing, scenario }: ComparisonReport): Section {
  const rows: [string, string][] = [
    ["Machine", host.name],
    ["System", `${host.os}, kernel ${host.kernel}`],
    ["Processor", `${host.cpu}, ${plural(host.cores, "core")}`],
    ["Memory", formatFigure(host.memoryMiB, "mebibytes")],
    ["Generator", `holdfast ${host.holdfast}, node ${host.node}, on the targets' machine`],
    ["Started", formatInstant(timing.startedAt)],
    ["Ended", formatInstant(timing.endedAt)],
  ];
  return { id: "host", title: "Host and scenario", body: html`${facts(rows)}<pre>${JSON.stringify(scenario, null, 2)}</pre>` };
}
