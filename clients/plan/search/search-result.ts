/** What a search has found for each goal, so far or at its end. */
import {
  coarseRule,
  conditionalThroughput,
  type RelevantBounds,
  relevantBounds,
  standings,
  type Trial,
  viewGoal,
} from "./search-bounds.ts";
import type { SearchGoal, SearchOptions } from "./search-goal.ts";
import { isSettled } from "./search-step.ts";

/** Why a search ended: every goal is answered, or a budget is exhausted. */
export type SearchEnd = "answered" | "trial-budget" | "time-budget";

/** The answer for one goal. */
export interface GoalResult extends RelevantBounds {
  goal: string;
  /** RFC 9971: both bounds exist and are within the width. Otherwise the result is irregular. */
  regular: boolean;
  /** The long trial at the lower bound passed. */
  confirmed: boolean;
  /**
   * Whose limit it was: `target`, the reason for the ceiling or the invalid trials, `minimum-load` (even that failed),
   * or the budget.
   */
  limitedBy: string;
  /** The criterion that failed first at the upper bound; null when there is none or it is unknown. */
  criterion: string | null;
  /** (upper - lower) / upper; null without both bounds. */
  width: number | null;
  conditionalThroughput: number | null;
  /** Bounds suggested by short trials when the search stopped before full-length ones could decide; otherwise null. */
  hint: RelevantBounds | null;
  sentence: string;
}

export interface SearchResult {
  end: SearchEnd;
  goals: GoalResult[];
  trials: number;
  elapsedMs: number;
}

/** The result after the trials so far. */
export function searchResult(options: SearchOptions, trials: readonly Trial[], end: SearchEnd): SearchResult {
  return {
    end,
    goals: options.goals.map((goal) => goalResult(options, goal, trials, end)),
    trials: trials.length,
    elapsedMs: trials.reduce((sum, trial) => sum + trial.elapsedMs, 0),
  };
}

function goalResult(options: SearchOptions, goal: SearchGoal, trials: readonly Trial[], end: SearchEnd): GoalResult {
  const view = viewGoal(options, goal, trials);
  const { lower, upper } = view;
  const settled = isSettled(options, goal, view);
  const regular = settled && lower !== null && upper !== null && view.top === upper;
  const standing = view.loads.find(({ load }) => load === lower);
  const limitedBy = settled ? limit(options, view) : end;
  const result = {
    goal: goal.name,
    lower,
    upper,
    regular,
    confirmed: standing?.confirmed ?? false,
    limitedBy,
    criterion: upper === null ? null : brokenCriterion(trials, upper, goal.name),
    width: lower === null || upper === null ? null : (upper - lower) / upper,
    conditionalThroughput: lower === null ? null : conditionalThroughput(trials, lower, goal),
    hint:
      settled || (lower !== null && upper !== null)
        ? null
        : relevantBounds(standings(trials, goal, coarseRule(goal), options.confirmMs)),
  };
  return { ...result, sentence: sentenceOf(result, options) };
}

function limit(options: SearchOptions, view: ReturnType<typeof viewGoal>): string {
  if (view.blocked !== null && view.top === view.blocked.load) return view.blocked.reason;
  if (view.upper === null) return options.ceiling.reason;
  return view.lower === null ? "minimum-load" : "target";
}

function brokenCriterion(trials: readonly Trial[], load: number, goal: string): string | null {
  const failed = trials.find(
    (trial) => trial.load === load && trial.outcome[goal] === "fail" && trial.criterion?.[goal] !== undefined,
  );
  return failed?.criterion?.[goal] ?? null;
}

/** The answer as a sentence. */
export function sentenceOf(result: Omit<GoalResult, "sentence">, options: SearchOptions): string {
  const { lower, upper, limitedBy, criterion } = result;
  const broke = criterion === null ? "" : `: ${criterion} broke there`;
  if (lower === null && upper !== null)
    return `below ${upper}${broke}; no load was confirmed to hold, limited by ${limitedBy}`;
  if (lower === null || upper === null || !result.regular) {
    if (lower === null) return `no bound was found, limited by ${limitedBy}`;
    return `at least ${lower}, limited by ${limitedBy}${upper === null ? "" : ` (fails at ${upper}${broke})`}`;
  }
  const confirmed = result.confirmed || options.confirmMs === 0 ? "" : ", not confirmed by a long trial";
  return `${lower} holds, ${upper} does not${broke}${confirmed}`;
}
