/**
 * What a capacity search keeps in search.json after every trial, so that it goes on after a crash without repeating
 * one.
 */
import { join } from "node:path";
import type { SearchState } from "../../plan/search/search.ts";
import type { CapacityTrial } from "../../report/model/schema/capacity-block.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import { shownAddress } from "../../scenario/redaction.ts";
import { readJson, replaceFile } from "../folder/plain-file.ts";
import type { Ceiling } from "./ceiling.ts";

export interface CapacityState {
  schema: 1;
  run: string;
  /** The target's name, or its URL as it may be shown. */
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
  replaceFile(join(runFolder, fileName), JSON.stringify(state));
}

/** The state of a run to go on with. Throws ScenarioError when there is none for this target. */
export function readState(runFolder: string, target: string): CapacityState {
  const path = join(runFolder, fileName);
  const refuse = (text: string): never => {
    throw new ScenarioError([{ field: "resume", text }]);
  };
  const state = readJson(path) as CapacityState | null;
  if (state === null)
    return refuse(`expected a capacity run with at least one finished trial, but there is no ${path}`);
  if (state.target !== shownAddress(target))
    return refuse(`expected the run's own target ${state.target}, got ${shownAddress(target)}`);
  return state;
}
