/**
 * A hard count: the target holds a number of connections and refuses, or closes, every one beyond it. A failing trial
 * in which the open connections stood still while others were turned away points at one; two that stood at the same
 * number prove it. Then the bounds are that number and the next, and nothing is left to bisect.
 */
import type { NextTrial } from "./next-trial.ts";
import { type GoalView, heldIn, type Trial } from "./search-bounds.ts";
import type { SearchGoal, SearchOptions } from "./search-goal.ts";

/**
 * Numbers that were pinned and did not hold, after which a goal is searched as any other: such a target has no hard
 * count.
 */
const countsAtMost = 3;
/** Trials of one load on the way to a pin. */
const trialsAtMost = 3;

/**
 * Of the trial time a load is owed, the share that decides it in one trial: whatever the rest were, the majority
 * stands.
 */
const decidingShare = 2 / 3;

/** The number to pin: that of the last trial that points at one, while it lies between the bounds; null for none. */
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
 * The next trial that pins a suspected count: first that one more fails, then that the number itself holds, in one
 * trial that decides it.
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
