/**
 * A report before it becomes text, HTML or Markdown: a list of blocks. A block is laid out once; each output renders
 * every block alike and knows none of them by name.
 */
import type { Chart } from "../chart/chart.ts";
import { formatFigure, isFigure } from "../model/format.ts";
import type { Interval } from "../model/interval.ts";
import type { Report } from "../model/report.ts";

/** One block. Its parts come in this order: charts (pages only), equations, facts, table, note. */
export interface Block {
  /** An anchor on the page; unique, and never from outside. */
  id: string;
  title: string;
  /** For the first column of a terminal, at most 13 characters; the title where absent. */
  word?: string;
  charts?: readonly Chart[];
  equations?: readonly Equation[];
  facts?: readonly Fact[];
  table?: Table;
  note?: string;
  /** Text that is shown as it is, such as a scenario. */
  verbatim?: string;
  isPageOnly?: boolean;
}

/** A name and its value in words: "memory", "158 MiB steady". */
export type Fact = readonly [name: string, value: Cell];

/** A total and the parts it must add up to, exactly. */
export interface Equation {
  /** "connections": what is counted. */
  of: string;
  /** "planned": which of them. */
  what: string;
  total: number;
  parts: readonly (readonly [count: number, what: string])[];
  /** Said behind it. */
  rest?: string;
}

/** A text with what an output may make of it; plain text that reads "not measured" is set apart by itself. */
export type Cell =
  | string
  | { text: string; tone?: CellTone; isBest?: boolean; isSoft?: boolean; detail?: string; href?: string };
/** The colour of a verdict. */
export type CellTone = "pass" | "fail" | "invalid" | "none";

export interface Column {
  title: string;
  align?: "left" | "right";
  /** In a terminal a longer cell is cut; the last column, when it is words, is wrapped instead. */
  maxCells?: number;
  isPageOnly?: boolean;
}

export interface Table {
  columns: readonly Column[];
  /** The first cell of a row is its heading. */
  rows: readonly (readonly Cell[])[];
  caption?: string;
  /** Most columns beside the first that a terminal shows side by side; the others follow below. */
  columnsAtOnce?: number;
  isPageOnly?: boolean;
  /** What a terminal shows instead, where there is no room for all of it. */
  terminal?: Pick<Table, "columns" | "rows">;
}

/** One line of events.ndjson, as far as a page shows it: a connection that ended, or was refused. */
export interface ReportEvent {
  atMs: number;
  cause: string;
  code?: string | number | null;
  connection?: number;
  [evidence: string]: unknown;
}

/** What was recorded beside the report; both may be empty. */
export interface Recorded {
  /** Of a comparison: the seconds of one of its runs. */
  intervalsOf?: (run: string) => readonly Interval[];
  intervals: readonly Interval[];
  events: readonly ReportEvent[];
}

/** Lays out one theme of a report; null or nothing when this report has nothing for it. */
export type BlockOf = (report: Report, recorded: Recorded) => Block | readonly Block[] | null;

/** A count as a person reads it. */
export const count = (value: unknown): string => formatFigure(value, "count");

export const textOf = (cell: Cell): string => (typeof cell === "string" ? cell : cell.text);

/** Columns of a table: the first is words, the others figures. */
export const figureColumns = (...titles: readonly string[]): Column[] =>
  titles.map((title, index) => ({ title, align: index === 0 ? "left" : "right" }));

/**
 * The right side of an equation. What it lacks is still to come while a run goes on; afterwards it must be nothing, and
 * is said if it is not.
 */
export function equationParts({ total, parts }: Equation, { state }: Pick<Report, "state">): string {
  const missing = parts.reduce((left, [amount]) => left - amount, total);
  const sum = parts.map(([amount, what]) => `${count(amount)} ${what}`).join(" + ");
  if (missing === 0 || !isFigure(missing)) return sum;
  return state === "running" && missing > 0
    ? `${sum} + ${count(missing)} to come`
    : `${sum} (OFF BY ${count(missing)})`;
}
