/** A comparison for a terminal 80 columns wide: a short table per scenario, a column per target, before them what became of the advice. */

import { type CompareTable, type CompareTableRow, compareTables } from "../compare/compare-tables.ts";
import { publishedLoad, publishedSource } from "../model/article.ts";
import type { ComparisonReport, SummaryRow } from "../model/compare-block.ts";
import { notMeasured } from "../model/format.ts";
import { textTable, wrap } from "./text-table.ts";

const width = 80;
const titleWidth = 18;
const cellWidth = 13;
const columnsAtOnce = 4;
const mostReasons = 8;
/** Of a line of advice, below its first; the pages have the rest. */
const mostLines = 3;

/** Figures that only the pages show. */
const leftOut: readonly string[] = ["push.p50", "request.p50", "cpu.mean", "memoryPerConnectionKiB", "linesPerSecond"];

/** The whole comparison as lines, ended by a newline. `path`: where its files are. */
export function comparisonText(report: ComparisonReport, path?: string): string {
  const { summary, advice, state } = report;
  const tables = compareTables(summary).flatMap((table) => blocksOf(table, summary.targets));
  const hasPublished = compareTables(summary).some(({ rows }) => rows.some(({ published }) => published !== null));
  const blocks = [
    ...(state === "finished" ? [] : [[`${state}: ${summary.members.length} of ${summary.planned} runs`]]),
    whyLines(report),
    adviceLines(advice),
    ...tables,
    ...(hasPublished ? [wrap(publishedSource, width)] : []),
    ...(path === undefined ? [] : [[`Path: ${path}`]]),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function blocksOf(table: CompareTable, targets: readonly string[]): string[][] {
  const blocks: string[][] = [];
  for (let first = 0; first < targets.length; first += columnsAtOnce) blocks.push(block(table, targets, first));
  return blocks;
}

function block(table: CompareTable, targets: readonly string[], first: number): string[] {
  const shown = <T>(cells: readonly T[]): readonly T[] => cells.slice(first, first + columnsAtOnce);
  const rows = table.rows.filter(({ row }) => isShown(row)).flatMap((row) => rowLines(row, shown));
  const columns = [
    { title: "", align: "left" as const, width: titleWidth },
    ...shown(targets).map((title) => ({ title, align: "right" as const, width: cellWidth })),
  ];
  const load = publishedLoad[table.section];
  const heading = table.rows.some(({ published }) => published !== null) && load !== undefined ? `${table.title} (published: ${load})` : table.title;
  const runs = table.section === "footprint" ? [] : [["runs", ...shown(table.runs)]];
  return [...wrap(heading, width), ...textTable(columns, [...rows, ...runs])];
}

/** Events that nobody had need no row. */
function isShown({ figure, nature, cells }: SummaryRow): boolean {
  return !leftOut.includes(figure) && (nature === "level" || Object.values(cells).some(({ reading }) => (reading?.max ?? 0) > 0));
}

function rowLines({ title, cells, published }: CompareTableRow, shown: <T>(cells: readonly T[]) => readonly T[]): string[][] {
  const own = [title, ...shown(cells).map((cell) => cell ?? notMeasured)];
  return published === null ? [own] : [own, ["  published", ...shown(published).map((cell) => cell ?? "-")]];
}

function adviceLines(advice: ComparisonReport["advice"]): string[] {
  const lines = advice
    .filter(({ group }) => group === "advice")
    .flatMap(({ need, says, outcome, figure }) => {
      const [first = "", ...more] = wrap(`${need}: ${says}; ${figure}`, width - 13);
      const shown = more.length > mostLines ? [...more.slice(0, mostLines - 1), `${more[mostLines - 1]}…`] : more;
      return [`${outcome.padEnd(12)}${first}`, ...shown.map((line) => `${" ".repeat(12)}${line}`)];
    });
  return lines.length === 0 ? [] : ["The published advice, held against the figures below", ...lines];
}

function whyLines({ reasons, notes }: ComparisonReport): string[] {
  const all = [...reasons, ...notes].map(({ code, text }) => `${text} [${code}]`);
  const shown = all.slice(0, mostReasons).flatMap((line) => wrap(line, width - 2).map((part, index) => (index === 0 ? part : `  ${part}`)));
  return all.length > mostReasons ? [...shown, `and ${all.length - mostReasons} more in the report`] : shown;
}
