/**
 * What a capacity search saves in search.json after every trial, so that it can continue after a crash without
 * repeating any.
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
  /** The target's name, or its URL in displayable form. */
  target: string;
  startedAt: string;
  search: SearchState;
  trials: CapacityTrial[];
  ceiling: Ceiling;
  /** Connects per second of the next trial. */
  rampPerSecond: number;
}

const fileName = "search.json";

/** Writes the whole state to a temporary file, then renames it: a crash leaves the previous state. */
export function writeState(runFolder: string, state: CapacityState): void {
  replaceFile(join(runFolder, fileName), JSON.stringify(state));
}

/** The state of a run to resume. Throws ScenarioError when there is none for this target. */
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
