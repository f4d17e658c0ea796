/** The trial that one goal needs next. */
import { pinTrial } from "./hard-count.ts";
import type { NextTrial, TrialPurpose } from "./next-trial.ts";
import { coarseRule, type GoalView, relevantBounds, standings, type Trial, viewGoal } from "./search-bounds.ts";
import { coarseWidth, type SearchGoal, type SearchOptions } from "./search-goal.ts";
import { isWithinWidth, loadAbove, loadBelow, loadBetween } from "./search-load.ts";

/** A requested trial with its urgency (largest for the least decided goal), or null when the goal needs no more. */
export interface GoalStep {
  wish: NextTrial | null;
  openness: number;
}

/**
 * The next step of one goal:
 *
 *   a hard limit:  one more than it, then itself (hard-count.ts)
 *   short trials:  start -> double ... until two fail -> bisect to the coarse width
 *   full trials:   the coarse lower bound, the coarse upper bound, then bisect to the width
 *   one long one:  the lower bound; if it fails, that load is the upper bound and the search continues below
 */
export function goalStep(options: SearchOptions, goal: SearchGoal, trials: readonly Trial[]): GoalStep {
  const view = viewGoal(options, goal, trials);
  const pin = pinTrial(options, goal, view, trials);
  if (pin !== null) return { wish: pin, openness: 1e9 };
  if (isSettled(options, goal, view)) return confirmation(options, view);
  const step =
    view.lower !== null && view.top !== null
      ? narrow(options, goal, view, view.lower, view.top)
      : approach(options, goal, view, trials);
  const { wish } = step;
  const tried = wish !== null && view.loads.some((standing) => standing.load === wish.load);
  return tried ? { ...step, wish: { ...wish, purpose: "repeat" } } : step;
}

/** Whether the bounds cannot be narrowed: within the width, at the ceiling, or failing at the smallest load. */
export function isSettled(options: SearchOptions, goal: SearchGoal, view: GoalView): boolean {
  const { lower, top } = view;
  if (lower === null) return top !== null && top <= options.minLoad;
  return top === null ? lower >= options.ceiling.load : isWithinWidth(lower, top, goal.width, options.granularity);
}

function confirmation(options: SearchOptions, view: GoalView): GoalStep {
  const standing = view.loads.find(({ load }) => load === view.lower);
  const owed =
    options.confirmMs > 0 &&
    standing !== undefined &&
    !standing.confirmed &&
    standing.invalidStreak < options.invalidAtMost;
  return {
    wish: owed ? { load: standing.load, durationMs: options.confirmMs, purpose: "confirm" } : null,
    openness: 0,
  };
}

/** Both ends are known: decide a load already tried near the middle, otherwise try the geometric mean. */
function narrow(options: SearchOptions, goal: SearchGoal, view: GoalView, lower: number, top: number): GoalStep {
  const gap = Math.log(top / lower);
  const middle = Math.sqrt(lower * top);
  const distance = (load: number) => Math.abs(Math.log(load / middle)) / gap;
  const begun = view.loads
    .filter(
      ({ load, longestMs, class: kind }) =>
        kind === "undecided" && longestMs > 0 && load > lower && load < top && distance(load) <= 0.25,
    )
    .sort((a, b) => distance(a.load) - distance(b.load));
  const load = begun[0]?.load ?? loadBetween(lower, top, goal.width, options.granularity);
  return {
    wish: load === null ? null : { load, durationMs: goal.finalTrialMs, purpose: "bisect" },
    openness: gap / goal.width,
  };
}

/** An end is missing: short trials find the approximate range, full-length ones then turn its ends into bounds. */
function approach(options: SearchOptions, goal: SearchGoal, view: GoalView, trials: readonly Trial[]): GoalStep {
  const { granularity, minLoad, ceiling } = options;
  const short = (load: number, purpose: TrialPurpose): GoalStep => ({
    wish: { load, durationMs: goal.initialTrialMs, purpose },
    openness: 1e6,
  });
  const full = (load: number): GoalStep => ({
    wish: { load, durationMs: goal.finalTrialMs, purpose: "bisect" },
    openness: 1e3,
  });
  const below = (load: number, share: number) => loadBelow(load, load * share, goal.width, granularity, minLoad);

  const misled = view.loads.filter((standing) => standing.class === "upper" && standing.shortPass).length;
  // Short trials that pass where long ones fail (as with a leak) mislead: go down in growing steps of full-length
  // trials.
  if (view.lower === null && view.top !== null && misled >= 2) return full(below(view.top, 2 ** (1 - misled)));

  const { lower, upper } = coarseBounds(options, goal, view, trials);
  const begun = view.loads.find(
    ({ load, class: kind, longestMs }) =>
      kind === "undecided" &&
      longestMs >= goal.finalTrialMs &&
      isInside(load, view) &&
      load >= (lower ?? 0) &&
      load <= (upper ?? ceiling.load),
  );
  if (begun) return full(begun.load);
  if (upper === null) {
    if (lower === null) return short(options.startLoad, "double");
    return lower >= ceiling.load
      ? full(ceiling.load)
      : short(loadAbove(lower, 2 * lower, goal.width, granularity, ceiling.load), "double");
  }
  if (lower === null) return upper <= minLoad ? full(minLoad) : short(below(upper, 0.5), "bisect");
  const middle = isWithinWidth(lower, upper, coarseWidth(goal), granularity)
    ? null
    : loadBetween(lower, upper, goal.width, granularity);
  if (middle !== null) return short(middle, "bisect");
  return full(view.lower === null ? lower : upper);
}

/** Bounds from trials of any length within the full-length ones, which are used where there are none. */
function coarseBounds(options: SearchOptions, goal: SearchGoal, view: GoalView, trials: readonly Trial[]) {
  const inside = standings(trials, goal, coarseRule(goal), options.confirmMs).filter(({ load }) =>
    isInside(load, view),
  );
  const { lower, upper } = relevantBounds(inside);
  return { lower: lower ?? view.lower, upper: upper ?? view.top };
}

function isInside(load: number, view: GoalView): boolean {
  return (view.lower === null || load > view.lower) && (view.top === null || load < view.top);
}
