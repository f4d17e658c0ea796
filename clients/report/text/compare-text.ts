/** Several reports as one table for a terminal 80 columns wide: a row per figure, a column per target. */

import { arePipelines, comparePipelinesText } from "../compare/pipeline-compare.ts";
import { capacityOf } from "../model/capacity-block.ts";
import { figuresOf } from "../model/figure.ts";
import { formatFigure, notMeasured } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import { goalSentence, limitSentence, loadUnit } from "./capacity-text.ts";
import { verdictWord } from "./text.ts";
import { textTable, wrap } from "./text-table.ts";

const width = 80;
const columnsAtOnce = 4;
const cellWidth = 12;

/** The comparison table; more than four targets are set in blocks of four. Below it, why a run did not pass. */
export function compareText(reports: readonly Report[]): string {
  if (reports.length === 0) return "no runs to compare\n";
  if (arePipelines(reports)) return comparePipelinesText(reports);
  const names = columnNames(reports);
  const blocks: string[] = [];
  for (let first = 0; first < reports.length; first += columnsAtOnce) {
    blocks.push(block(reports, reports.slice(first, first + columnsAtOnce), names.slice(first, first + columnsAtOnce)).join("\n"));
  }
  const why = reports.flatMap((report, index) => [...bounds(report, names[index] ?? ""), ...whyNot(report, names[index] ?? "")]);
  return `${[...blocks, ...(why.length > 0 ? [why.join("\n")] : [])].join("\n\n")}\n`;
}

function block(all: readonly Report[], shown: readonly Report[], names: readonly string[]): string[] {
  const rows = figuresOf(all).map((figure) => [
    figure.title,
    ...shown.map((report) => {
      const value = figure.read(report);
      return value === null ? notMeasured : formatFigure(value, figure.unit);
    }),
  ]);
  const first = { title: "", align: "left" as const, width: 22 };
  const columns = [first, ...names.map((title) => ({ title, align: "right" as const, width: cellWidth }))];
  return textTable(columns, [...rows, ["verdict", ...shown.map(verdictWord)]]);
}

/** One name per report: the target's, with a number where two reports share it. */
export function columnNames(reports: readonly Report[]): string[] {
  const seen = new Map<string, number>();
  return reports.map(({ target }) => {
    const before = seen.get(target.name) ?? 0;
    seen.set(target.name, before + 1);
    return before === 0 ? target.name : `${target.name} #${before + 1}`;
  });
}

/** What a capacity search found, and whose limit it was. */
function bounds(report: Report, name: string): string[] {
  const block = capacityOf(report);
  const goal = block?.goals[0];
  if (block === null || goal === undefined) return [];
  const text = `${name}: ${goalSentence(goal, loadUnit(block))}; ${limitSentence(block)}`;
  return wrap(text, width - 2).map((line, index) => (index === 0 ? line : `  ${line}`));
}

function whyNot(report: Report, name: string): string[] {
  const [first, ...more] = report.reasons;
  if (report.verdict === "pass" || first === undefined) return [];
  const others = more.length > 0 ? ` (and ${more.length} more)` : "";
  return wrap(`${name}: ${first.text} [${first.code}]${others}`, width - 2).map((line, index) => (index === 0 ? line : `  ${line}`));
}
