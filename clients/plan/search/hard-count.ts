/**
 * A hard limit: the target holds a fixed number of connections and refuses or closes every further one. A failing trial
 * in which the number of open connections stayed constant while others were rejected suggests one; two trials that
 * stopped at the same number prove it. The bounds are then that number and the next, with nothing left to bisect.
 */
import type { NextTrial } from "./next-trial.ts";
import { type GoalView, heldIn, type Trial } from "./search-bounds.ts";
import type { SearchGoal, SearchOptions } from "./search-goal.ts";

/**
 * Number of pinned counts that did not hold, after which a goal is searched normally: such a target has no hard limit.
 */
const countsAtMost = 3;
/** Trials of one load spent on pinning. */
const trialsAtMost = 3;

/**
 * Share of the trial time owed to a load that decides it in one trial: whatever the rest were, the majority is fixed.
 */
const decidingShare = 2 / 3;

/** The number to pin: that of the last trial that suggests one and lies between the bounds; null for none. */
export function suspectedCount(
  { minLoad, granularity }: SearchOptions,
  goal: SearchGoal,
  { lower, top }: GoalView,
  trials: readonly Trial[],
): number | null {
  const counts = trials.map((trial) => heldIn(trial, goal)).filter((held) => held !== null);
  const held = counts.at(-1);
  if (held === undefined || granularity !== null || held < minLoad || new Set(counts).size > countsAtMost) return null;
  if ((lower !== null && lower > held) || (top !== null && top <= held)) return null;
  return held;
}

/**
 * The next trial to pin a suspected count: first that one more fails, then that the count itself holds, each decided in
 * one trial.
 */
export function pinTrial(
  options: SearchOptions,
  goal: SearchGoal,
  view: GoalView,
  trials: readonly Trial[],
): NextTrial | null {
  const held = suspectedCount(options, goal, view, trials);
  if (held === null || (view.lower === held && view.top === held + 1)) return null;
  const at = (load: number): Trial[] => trials.filter((trial) => trial.load === load && trial.notStarted !== true);
  const isOutOfReach = (load: number): boolean => at(load).length >= trialsAtMost;
  if (view.top !== held + 1) {
    const passed = at(held + 1).some(({ outcome }) => outcome[goal.name] === "pass");
    return passed || isOutOfReach(held + 1) ? null : { load: held + 1, durationMs: goal.finalTrialMs, purpose: "pin" };
  }
  const failed = at(held).some(({ outcome }) => outcome[goal.name] === "fail");
  if (failed || isOutOfReach(held)) return null;
  return { load: held, durationMs: Math.max(goal.finalTrialMs, goal.durationSumMs * decidingShare), purpose: "pin" };
}
