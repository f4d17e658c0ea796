/** Plain text in columns, for terminals: wrapping, cutting, aligning. Widths are in character cells. */
import { type Column, type Table, textOf } from "../blocks/block.ts";
import { printable } from "../model/format.ts";

/** The cells a text takes: East Asian wide characters and emoji take two, combining marks none. */
export function cellsOf(text: string): number {
  let cells = 0;
  for (const character of text) cells += cellsOfCode(character.codePointAt(0) ?? 0);
  return cells;
}

function cellsOfCode(code: number): number {
  if (code >= 0x300 && code <= 0x36f) return 0;
  const isWide =
    (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3);
  return isWide ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff)
    ? 2
    : 1;
}

/** A text cut to at most `width` cells; a cut is shown by an ellipsis. Control characters are made visible. */
export function cut(text: string, width: number): string {
  const plain = printable(text);
  if (cellsOf(plain) <= width) return plain;
  let kept = "";
  for (const character of plain) {
    if (cellsOf(kept) + cellsOf(character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** A text in lines of at most `width` cells, broken at spaces; a longer word is broken where it must. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of printable(text)
    .split(/ +/)
    .flatMap((word) => pieces(word, width))) {
    if (line !== "" && cellsOf(line) + 1 + cellsOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

function pieces(word: string, width: number): string[] {
  const parts: string[] = [];
  let part = "";
  for (const character of word) {
    if (cellsOf(part) + cellsOf(character) > width) {
      parts.push(part);
      part = "";
    }
    part += character;
  }
  return part === "" ? parts : [...parts, part];
}

/** Columns without a width of their own are at most this wide. */
const mostCells = 44;
/** A last column of words is never narrower than this. */
const leastWrapped = 20;

/**
 * A table within `width` cells: two spaces between the columns, no trailing spaces. A last column of words takes the
 * room that is left and is wrapped, for it holds sentences; any other cell is cut. More columns than are shown at once
 * follow below.
 */
export function textTable(table: Table, width = 100): string[] {
  const { columns, rows } = table.terminal ?? table;
  const { columnsAtOnce } = table;
  const kept = columns.map((_, index) => index).filter((index) => columns[index]?.isPageOnly !== true);
  const [first = 0, ...others] = kept;
  const most = columnsAtOnce ?? Math.max(1, others.length);
  const lines: string[] = [];
  for (let from = 0; from === 0 || from < others.length; from += most) {
    const shown = [first, ...others.slice(from, from + most)];
    const pick = <T>(cells: readonly T[]): T[] => shown.map((index) => cells[index]!);
    lines.push(
      ...oneTable(
        pick(columns),
        rows.map((row) => pick(row).map((cell) => textOf(cell ?? ""))),
        width,
      ),
    );
  }
  return lines;
}

function oneTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const titles = columns.map(({ title }) => title);
  const last = columns.length - 1;
  const widths = columns.map(({ maxCells = mostCells }, index) =>
    Math.min(maxCells, Math.max(...[titles, ...rows].map((row) => cellsOf(printable(row[index]))))),
  );
  const isWrapped = columns[last]?.align !== "right" && columns[last]?.maxCells === undefined;
  const taken = widths.slice(0, last).reduce((sum, each) => sum + each + 2, 0);
  if (isWrapped) widths[last] = Math.max(leastWrapped, width - taken);
  const put = (cells: readonly string[]): string =>
    columns
      .map(({ align = "left" }, index) => pad(cut(cells[index] ?? "", widths[index] ?? 0), widths[index] ?? 0, align))
      .join("  ")
      .trimEnd();
  const putRow = (row: readonly string[]): string[] => {
    const [text = "", ...more] = isWrapped ? wrap(row[last] ?? "", widths[last] ?? 0) : [row[last] ?? ""];
    return [put([...row.slice(0, last), text]), ...more.map((line) => `${" ".repeat(taken)}${line}`)];
  };
  const body = rows.flatMap(putRow);
  return titles.every((title) => title === "") ? body : [put(titles), ...body];
}

/** A text filled up to `width` cells. */
export function pad(text: string, width: number, align: "left" | "right"): string {
  const fill = " ".repeat(Math.max(0, width - cellsOf(text)));
  return align === "left" ? text + fill : fill + text;
}
