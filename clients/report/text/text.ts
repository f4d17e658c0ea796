/** A report for a terminal: the verdict first, then what it rests on. Plain text, no colour. */
import { type Block, type BlockOf, equationParts, textOf } from "../blocks/block.ts";
import { sheetOf } from "../blocks/report-sheet.ts";
import type { Sheet } from "../blocks/sheet.ts";
import type { Reason, Report } from "../model/report.ts";
import { pad, textTable, wrap } from "./text-table.ts";

/** `width` in cells; titles stand in a first column of `indent`, or above their block where it is 0. */
interface Layout {
  width: number;
  indent: number;
}

const runLayout: Layout = { width: 100, indent: 14 };
/** A comparison is all tables: nothing stands beside them. */
const comparisonLayout: Layout = { width: 80, indent: 0 };

/** `path`: where the run's files are. `blocks`: those that are laid out, by default every block of a report. */
export interface TextOptions {
  path?: string;
  blocks?: readonly BlockOf[];
}

/** A whole report as lines of at most 100 columns (a comparison: 80), ended by a newline. */
export function renderText(report: Report, { path, blocks }: TextOptions = {}): string {
  return sheetText(sheetOf(report, { intervals: [], events: [] }, blocks), path);
}

/** A sheet that is laid out, as text. */
export function sheetText(sheet: Sheet, path?: string): string {
  const layout = sheet.verdict === null ? comparisonLayout : runLayout;
  const shown = sheet.blocks
    .filter(({ isPageOnly }) => isPageOnly !== true)
    .map((block) => withTitle(block, blockLines(block, sheet, layout), layout));
  const file =
    path === undefined
      ? []
      : layout.indent === 0
        ? [wrap(`Path: ${path}`, layout.width)]
        : [withTitle({ title: "Path" }, wrap(path, layout.width - layout.indent), layout)];
  return `${[...opening(sheet, layout), ...shown, ...file].map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function opening({ title, lead, verdict }: Sheet, layout: Layout): string[][] {
  if (verdict === null) return [];
  const said = [...verdict.reasons, ...verdict.notes.map((note) => ({ ...note, text: `note: ${note.text}` }))].map(
    reasonLine,
  );
  const why = [
    ...(verdict.tone === "none" || said.length === 0 ? [verdict.meaning] : []),
    ...said,
    ...(verdict.isInterrupted ? ["the run was interrupted: the figures below cover the time until then"] : []),
  ];
  const lines = (all: readonly string[]): string[] =>
    all.flatMap((line) => hanging(line, layout.width - layout.indent));
  return [
    withTitle({ title: verdict.word }, lines([title, lead]), layout),
    withTitle({ title: "Why" }, lines(why), layout),
  ];
}

const reasonLine = ({ code, text }: Reason): string => `- ${text} [${code}]`;

/** A text in lines, those after the first indented by two. */
function hanging(text: string, width: number): string[] {
  const [first = "", ...rest] = wrap(text, width);
  return [first, ...(rest.length === 0 ? [] : wrap(rest.join(" "), width - 2).map((line) => `  ${line}`))];
}

function withTitle(
  { title, word = title }: Pick<Block, "title" | "word">,
  lines: readonly string[],
  { width, indent }: Layout,
): string[] {
  if (indent > 0) return lines.map((line, index) => `${pad(index === 0 ? word : "", indent, "left")}${line}`.trimEnd());
  return word === "" ? [...lines] : [...wrap(word, width), ...lines];
}

function blockLines(
  { equations = [], facts = [], table, note, verbatim }: Block,
  sheet: Sheet,
  layout: Layout,
): string[] {
  const width = layout.width - layout.indent;
  const said = [
    ...equations.map(
      (each) => `${each.total.toLocaleString("en-US")} ${each.what} = ${equationParts(each, sheet)}${each.rest ?? ""}`,
    ),
    ...facts.map(([name, value]) => `${name}: ${textOf(value)}`),
  ].flatMap((line) => hanging(line, width));
  const rows = table === undefined || table.isPageOnly ? [] : textTable(table, width);
  const notes = [
    ...(note === undefined ? [] : wrap(note, width)),
    ...(verbatim?.split("\n").flatMap((line) => wrap(line, width)) ?? []),
  ];
  return [said, rows, notes]
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 || layout.indent === 0 ? lines : ["", ...lines]));
}
