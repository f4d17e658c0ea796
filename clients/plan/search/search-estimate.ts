/** Estimates how long a search will still take by simulating the rest. */

import { suspectedCount } from "./hard-count.ts";
import { nextTrial, observe, type SearchState, timeSpent } from "./search.ts";
import { type TrialOutcome, viewGoal } from "./search-bounds.ts";
import type { SearchGoal } from "./search-goal.ts";

/**
 * Remaining trials and milliseconds if each goal's limit lies in the middle of the open range and nothing else fails.
 * An expectation; the upper limit is set by the budgets in the options.
 */
export function estimateLeft(state: SearchState): { trials: number; leftMs: number } {
  const { overheadMs } = timeSpent(state);
  const limits = new Map(state.options.goals.map((goal) => [goal.name, likelyLimit(state, goal)]));
  let played = state;
  for (;;) {
    const next = nextTrial(played);
    if ("done" in next) break;
    const outcome: Record<string, TrialOutcome> = {};
    for (const [name, limit] of limits) outcome[name] = next.load <= limit ? "pass" : "fail";
    played = observe(played, {
      load: next.load,
      durationMs: next.durationMs,
      outcome,
      elapsedMs: next.durationMs + overheadMs,
    });
  }
  return {
    trials: played.trials.length - state.trials.length,
    leftMs: timeSpent(played).elapsedMs - timeSpent(state).elapsedMs,
  };
}

/** The geometric mean of what passed and what failed so far; before any failure, two more doublings. */
function likelyLimit(state: SearchState, goal: SearchGoal): number {
  const { options, trials } = state;
  const view = viewGoal(options, goal, trials);
  const top = view.top;
  const counted = suspectedCount(options, goal, view, trials);
  if (counted !== null) return counted;
  const valid = trials.filter((trial) => trial.outcome[goal.name] !== "invalid" && (top === null || trial.load < top));
  const passed = valid.filter((trial) => trial.outcome[goal.name] === "pass").map((trial) => trial.load);
  const lower = view.lower ?? Math.max(0, ...passed);
  const failed = valid
    .filter((trial) => trial.outcome[goal.name] === "fail" && trial.load > lower)
    .map((trial) => trial.load);
  const upper = Math.min(top ?? Number.POSITIVE_INFINITY, ...failed);
  if (upper === Number.POSITIVE_INFINITY) return Math.min(options.ceiling.load, 4 * Math.max(lower, options.startLoad));
  return lower === 0 ? upper / 2 : Math.sqrt(lower * upper);
}
