/**
 * The search for the largest load a target holds (connections, or a rate) as a pure state machine: `startSearch` ->
 * `nextTrial` -> run it -> `observe` -> `nextTrial` ... The state consists only of options and trials, so it can be
 * saved to a file for `--resume`; every bound is recomputed from it.
 */

import type { NextTrial } from "./next-trial.ts";
import type { Trial } from "./search-bounds.ts";
import { type SearchOptions, searchProblems } from "./search-goal.ts";
import { type SearchEnd, type SearchResult, searchResult } from "./search-result.ts";
import { type GoalStep, goalStep } from "./search-step.ts";

/** The complete state of a search; JSON round-trips it without loss. */
export interface SearchState {
  schema: 1;
  options: SearchOptions;
  trials: Trial[];
}

/** The result of a trial: `elapsedMs` may be omitted when only the trial itself took time. */
export type Observation = Omit<Trial, "elapsedMs"> & { elapsedMs?: number };

/** A search without trials yet. Throws RangeError naming all problems of the options at once. */
export function startSearch(options: SearchOptions): SearchState {
  const problems = searchProblems(options);
  if (problems.length > 0) throw new RangeError(`capacity search: ${problems.join("; ")}`);
  return { schema: 1, options, trials: [] };
}

/**
 * The state with one more trial. Throws RangeError when the load, the duration or a goal's outcome is missing or wrong.
 */
export function observe(state: SearchState, observation: Observation): SearchState {
  const { load, durationMs, outcome } = observation;
  if (!(Number.isSafeInteger(load) && load >= 1))
    throw new RangeError(`capacity search: expected a whole load of at least 1, got ${load}`);
  if (!(durationMs > 0)) throw new RangeError(`capacity search: expected a trial longer than 0 ms, got ${durationMs}`);
  const silent = state.options.goals.filter((goal) => outcome[goal.name] === undefined);
  if (silent.length > 0)
    throw new RangeError(
      `capacity search: no outcome for ${silent.map((goal) => goal.name).join(", ")}; every goal judges every trial`,
    );
  // A failed trial may have been cut short.
  const isWhole = observation.notStarted !== true && Object.values(outcome).includes("pass");
  const leastMs = isWhole ? durationMs : 0;
  const trial: Trial = { ...observation, elapsedMs: Math.max(observation.elapsedMs ?? durationMs, leastMs) };
  return { ...state, trials: [...state.trials, trial] };
}

/** The next trial, for the least decided goal, or the result when every goal is answered or a budget is exhausted. */
export function nextTrial(state: SearchState): NextTrial | { done: SearchResult } {
  const { options, trials } = state;
  const climb = climbTrial(options);
  if (trials.length === 0 && climb !== null) return climb;
  const done = (end: SearchEnd) => ({ done: searchResult(options, trials, end) });
  let most: GoalStep | null = null;
  for (const goal of options.goals) {
    const step = goalStep(options, goal, trials);
    if (step.wish !== null && (most === null || step.openness > most.openness)) most = step;
  }
  if (most?.wish == null) return done("answered");
  if (trials.length >= options.maxTrials) return done("trial-budget");
  const { elapsedMs, overheadMs } = timeSpent(state);
  return elapsedMs + overheadMs + most.wish.durationMs > options.maxTotalMs ? done("time-budget") : most.wish;
}

/** Length of a climb's only hold, milliseconds: too short to count for or against a load under any rule. */
const climbMs = 1000;
/** A climb to less than this multiple of the first load would reveal no more than the first trials. */
const leastClimb = 4;

/** The initial probe: opens as many connections as a short ramp can, to see whether the target stops at some number. */
function climbTrial({ climbLoad, startLoad, ceiling }: SearchOptions): NextTrial | null {
  const load = Math.min(climbLoad ?? 0, ceiling.load);
  return load < leastClimb * startLoad ? null : { load, durationMs: climbMs, purpose: "climb" };
}

/** Time used so far, and the expected set-up time of one more trial (the mean of those that started), milliseconds. */
export function timeSpent({ options, trials }: SearchState): { elapsedMs: number; overheadMs: number } {
  const elapsedMs = trials.reduce((sum, trial) => sum + trial.elapsedMs, 0);
  const begun = trials.filter(({ notStarted }) => notStarted !== true);
  if (begun.length === 0) return { elapsedMs, overheadMs: options.overheadMs };
  return {
    elapsedMs,
    overheadMs: begun.reduce((sum, trial) => sum + trial.elapsedMs - trial.durationMs, 0) / begun.length,
  };
}
