/** What a capacity search keeps in search.json after every trial, so that it goes on after a crash without repeating one. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SearchState } from "../../plan/search/search.ts";
import type { CapacityTrial } from "../../report/model/capacity-block.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import type { Ceiling } from "./ceiling.ts";

export interface CapacityState {
  schema: 1;
  run: string;
  /** The target's name or URL. */
  target: string;
  startedAt: string;
  search: SearchState;
  trials: CapacityTrial[];
  ceiling: Ceiling;
  /** Connects per second of the next trial. */
  rampPerSecond: number;
}

const fileName = "search.json";

/** Writes the state whole, beside and then renamed: a crash leaves the one before. */
export function writeState(runFolder: string, state: CapacityState): void {
  const beside = join(runFolder, `.${fileName}.tmp`);
  writeFileSync(beside, JSON.stringify(state));
  renameSync(beside, join(runFolder, fileName));
}

/** The state of a run to go on with. Throws ScenarioError when there is none for this target. */
export function readState(runFolder: string, target: string): CapacityState {
  const path = join(runFolder, fileName);
  const refuse = (text: string): never => {
    throw new ScenarioError([{ field: "resume", text }]);
  };
  if (!existsSync(path)) return refuse(`expected a capacity run with at least one finished trial, there is no ${path}`);
  const state = JSON.parse(readFileSync(path, "utf8")) as CapacityState;
  if (state.target !== target) return refuse(`expected the run's own target ${state.target}, got ${target}`);
  return state;
}
