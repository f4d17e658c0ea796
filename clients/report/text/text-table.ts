/** Plain text in columns, for terminals: wrapping, cutting, aligning. Widths are in character cells. */
import { printable } from "../model/format.ts";

/** The cells a text takes: East Asian wide characters and emoji take two, combining marks none. */
export function cellsOf(text: string): number {
  let cells = 0;
  for (const character of text) cells += cellsOfCode(character.codePointAt(0) ?? 0);
  return cells;
}

function cellsOfCode(code: number): number {
  if (code >= 0x300 && code <= 0x36f) return 0;
  const isWide = (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3);
  return isWide || (code >= 0xf900 && code <= 0xfaff) || (code >= 0xff00 && code <= 0xff60) || (code >= 0x1f300 && code <= 0x1faff) ? 2 : 1;
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

/** A column of a text table. */
export interface TextColumn {
  title: string;
  align: "left" | "right";
  /** The widest it may become; a longer cell is cut. */
  width?: number;
}

/** Rows under their titles, two spaces between the columns, no trailing spaces. */
export function textTable(columns: readonly TextColumn[], rows: readonly (readonly string[])[]): string[] {
  const cutRows = rows.map((row) => columns.map((column, index) => cut(row[index] ?? "", column.width ?? 100)));
  const titles = columns.map((column) => cut(column.title, column.width ?? 100));
  const widths = columns.map((_, index) => Math.max(cellsOf(titles[index] ?? ""), ...cutRows.map((row) => cellsOf(row[index] ?? ""))));
  const put = (row: readonly string[]) =>
    columns
      .map((column, index) => pad(row[index] ?? "", widths[index] ?? 0, column.align))
      .join("  ")
      .trimEnd();
  const body = cutRows.map(put);
  return titles.every((title) => title === "") ? body : [put(titles), ...body];
}

/** A text filled up to `width` cells. */
export function pad(text: string, width: number, align: "left" | "right"): string {
  const fill = " ".repeat(Math.max(0, width - cellsOf(text)));
  return align === "left" ? text + fill : fill + text;
}
