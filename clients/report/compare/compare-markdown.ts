/** A comparison as Markdown: the tables, the advice, versions and settings, to be pasted where people talk. */

import { publishedLoad, publishedSource } from "../model/article.ts";
import type { AdviceResult, ComparisonReport } from "../model/compare-block.ts";
import { formatFigure, formatInstant, notMeasured, plural, printable } from "../model/format.ts";
import { targetFacts, titleOfComparison } from "./compare-facts.ts";
import { type CompareTable, compareTables, hasRatio, ratioText } from "./compare-tables.ts";

/**
 * Text from outside as Markdown that stays text: one line, nothing that ends a table cell, opens a tag, a link, or an emphasis.
 * Control and direction characters are made visible.
 */
export function escapeMarkdown(text: unknown): string {
  return printable(String(text ?? "").replace(/\s+/g, " "))
    .replace(/[\\`*_{}[\]<>|#~!&]/g, (character) => (character === "&" ? "&amp;" : character === "<" ? "&lt;" : `\\${character}`))
    .trim();
}

function table(titles: readonly string[], rows: readonly (readonly string[])[], numbersFrom = 1): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  const rule = `|${titles.map((_, index) => (index >= numbersFrom ? "---:" : "---")).join("|")}|`;
  return [line(titles), rule, ...rows.map(line)].join("\n");
}

/** The whole document. */
export function renderComparisonMarkdown(report: ComparisonReport): string {
  const { summary, advice, host, timing, run } = report;
  const measured = `Measured ${formatInstant(timing.startedAt)} on ${host.name}: ${host.cpu}, ${plural(host.cores, "core")}, ${formatFigure(host.memoryMiB, "mebibytes")}, ${host.os}, kernel ${host.kernel}; holdfast ${host.holdfast}, node ${host.node}. Run ${run}: ${summary.members.length} of ${summary.planned} runs.`;
  const tables = compareTables(summary);
  const parts = [
    `# ${escapeMarkdown(titleOfComparison(report))}`,
    escapeMarkdown(measured),
    "Median over the repeats, and how far they lie from it. Invalid runs are counted and are in no figure.",
    ...tables.map((one) => section(one, summary.targets)),
    ...(tables.some(({ rows }) => rows.some(({ published }) => published !== null)) ? [escapeMarkdown(`${publishedSource}.`)] : []),
    ...ratioParts(report),
    ...adviceParts("The published advice", advice, "advice"),
    ...adviceParts("Its claims", advice, "claim"),
    "## Versions and settings",
    table(
      ["target", "version", "settings"],
      targetFacts(report).map(({ target, version, settings }) => [target, version, settings]),
      3,
    ),
    ...(report.reasons.length + report.notes.length > 0
      ? ["## Not in order", [...report.reasons, ...report.notes].map(({ code, text }) => `- ${escapeMarkdown(`${text} [${code}]`)}`).join("\n")]
      : []),
  ];
  return `${parts.join("\n\n")}\n`;
}

function section({ title, rows, runs, section: name }: CompareTable, targets: readonly string[]): string {
  const lines = rows.flatMap(({ title: figure, cells, published }) => [
    [figure, ...cells.map((cell) => cell ?? notMeasured)],
    ...(published === null ? [] : [[`published, ${publishedLoad[name] ?? ""}`, ...published.map((cell) => cell ?? "")]]),
  ]);
  return `## ${escapeMarkdown(title)}\n\n${table(["", ...targets], [...lines, ["runs", ...runs]])}`;
}

function ratioParts({ summary }: ComparisonReport): string[] {
  const references = [...new Set(summary.rows.flatMap((row) => Object.keys(row.ratios)))];
  return references.map((reference) => {
    const rows = summary.rows
      .filter((row) => hasRatio(row) && row.ratios[reference] !== undefined)
      .map((row) => [`${row.scenario}: ${row.title}`, ...summary.targets.map((target) => ratioText(row.ratios[reference]?.[target] ?? null))]);
    return rows.length === 0 ? "" : `## In relation to ${escapeMarkdown(reference)}\n\n${table(["", ...summary.targets], rows)}`;
  });
}

function adviceParts(title: string, advice: readonly AdviceResult[], group: AdviceResult["group"]): string[] {
  const rows = advice.filter((one) => one.group === group).map(({ need, says, because, outcome, figure }) => [need, says, because, outcome, figure]);
  return rows.length === 0 ? [] : [`## ${title}`, table(["need", "the article says", "because", "here", "the figure that decides"], rows, 5)];
}
