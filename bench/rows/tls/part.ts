/** A part of the row: one question, answered like a row's. Lines have the columns of {@link columns}. */
import type { Answer, Order } from "../../row.ts";

export interface Part {
  name: string;
  run(order: Order): Promise<PartAnswer>;
}

export type PartAnswer = Omit<Answer, "columns">;

export const columns = ["what", "load", "client", "figure", "to the first"];

/** For a server that cannot run here. */
export const skipped = (what: string, why: string): PartAnswer => ({
  lines: [],
  reaches: [],
  notes: [`${what} was skipped: ${why}.`],
});

/** For a part that failed: its goal is listed as not measured. */
export const failed = (what: string, why: string): PartAnswer => ({
  lines: [],
  reaches: [{ what: `all of the part ${what}`, goal: "measured", measured: `failed: ${why}`, isReached: null }],
  notes: [],
});
