/** A row of the bench: one question, the contenders that answer it, and what the design wants. */
import type { Machine } from "./machine.ts";
import type { ToolName } from "./tools.ts";

/** What a row is told. */
export interface Order {
  /** Small counts and one round: shows that the row works, proves nothing. */
  quick: boolean;
  /** How often each contender takes its turn. */
  rounds: number;
  /** Parts to run of a row that has some; all when empty. */
  parts: readonly string[];
  /** A line of progress. */
  say: (line: string) => void;
}

/** A number to reach. `isReached` null: it could not be measured here. */
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
  /** What a reader must know: what was skipped and why, what the figures leave out. */
  notes: string[];
}

export interface Row {
  name: string;
  title: string;
  /** Upper bound of a usual run, for the progress line. */
  minutes: number;
  /** Programs it measures beside Holdfast: installed before it begins. */
  tools?: readonly ToolName[];
  run(order: Order): Promise<Answer>;
}

/** An answer with where and when it was found, as kept in bench/results/. */
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
