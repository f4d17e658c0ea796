/** A row of the bench: one question, the contenders that answer it, and the goals of the design. */
import type { Machine } from "./machine.ts";
import type { ToolName } from "./tools.ts";

/** Options of a row. */
export interface Order {
  /** Small counts and a single round: shows that the row works, without meaningful figures. */
  quick: boolean;
  /** Number of turns per contender. */
  rounds: number;
  /** Parts of a row to run; all when empty. */
  parts: readonly string[];
  /** Prints a line of progress. */
  say: (line: string) => void;
}

/** A goal. `isReached` null: it could not be measured here. */
export interface Reach {
  what: string;
  goal: string;
  measured: string;
  isReached: boolean | null;
}

export interface Answer {
  columns: string[];
  lines: string[][];
  reaches: Reach[];
  /** Notes for the reader: what was skipped and why, and what the figures do not include. */
  notes: string[];
}

export interface Row {
  name: string;
  title: string;
  /** Upper bound for the duration of a usual run, for the progress line. */
  minutes: number;
  /** Programs it measures besides Holdfast; installed before it begins. */
  tools?: readonly ToolName[];
  run(order: Order): Promise<Answer>;
}

/** An answer with its place and time, as stored in bench/results/. */
export interface Result extends Answer {
  row: string;
  title: string;
  at: string;
  commit: string;
  quick: boolean;
  rounds: number;
  tookSeconds: number;
  machine: Machine;
}
