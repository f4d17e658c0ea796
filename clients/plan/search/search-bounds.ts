/**
 * Which loads are upper and lower bounds for a goal: the classification of RFC 9971, section "Load Classification
 * Logic".
 */
import type { SearchGoal, SearchOptions } from "./search-goal.ts";

/** `invalid`: the generator or host failed first, so the trial says nothing about the target. */
export type TrialOutcome = "pass" | "fail" | "invalid";

/** A trial as recorded by the search. */
export interface Trial {
  load: number;
  durationMs: number;
  /** Wall time including restart, ramp, settling and drain; the trial's own length where it was not measured. */
  elapsedMs: number;
  /** The outcome for each goal, by name. */
  outcome: Record<string, TrialOutcome>;
  /** The criterion that failed first, by goal. */
  criterion?: Record<string, string>;
  /** Why the trial is invalid: whose limit was hit. */
  limitedBy?: string;
  /** Measured loss ratio, for the conditional throughput. */
  lossRatio?: number;
  /** The trial failed because the target held exactly this many connections and rejected further ones. */
  heldCount?: number;
  /** The target did not start: nothing was learned about its load or the generator, and only the budgets were used. */
  notStarted?: true;
}

/** The number of connections a failing trial was limited to; null when it did not fail that way. */
export const heldIn = (trial: Trial, goal: Pick<SearchGoal, "name">): number | null =>
  trial.outcome[goal.name] === "fail" && trial.heldCount !== undefined && trial.heldCount < trial.load
    ? trial.heldCount
    : null;

/** Numbers at which the target stopped in at least two failing trials. */
export function provedCounts(trials: readonly Trial[], goal: Pick<SearchGoal, "name">): ReadonlySet<number> {
  const seen = new Set<number>();
  const proved = new Set<number>();
  for (const trial of trials) {
    const held = heldIn(trial, goal);
    if (held === null) continue;
    if (seen.has(held)) proved.add(held);
    seen.add(held);
  }
  return proved;
}

/** Whether a trial fails its load because of a proved count. */
const failsByCount = (trial: Trial, goal: Pick<SearchGoal, "name">, proved: ReadonlySet<number>): boolean => {
  const held = heldIn(trial, goal);
  return held !== null && proved.has(held);
};

/** The part of a goal that classifies a load. */
export type ClassificationRule = Pick<SearchGoal, "finalTrialMs" | "durationSumMs" | "exceedRatio">;
export type LoadClass = "lower" | "upper" | "undecided";

/**
 * RFC 9971: an upper bound even if all remaining trial time passed, a lower bound even if all of it failed, otherwise
 * undecided. Trials shorter than the final duration can only count against a load: their passes offset their failures,
 * no more.
 */
export function classifyLoad(
  trials: readonly { durationMs: number; failed: boolean }[],
  rule: ClassificationRule,
): LoadClass {
  let fullFailMs = 0;
  let fullPassMs = 0;
  let shortFailMs = 0;
  let shortPassMs = 0;
  for (const { durationMs, failed } of trials) {
    if (durationMs >= rule.finalTrialMs) {
      if (failed) fullFailMs += durationMs;
      else fullPassMs += durationMs;
    } else if (failed) shortFailMs += durationMs;
    else shortPassMs += durationMs;
  }
  const balanceMs = (shortPassMs * rule.exceedRatio) / (1 - rule.exceedRatio);
  const failMs = fullFailMs + Math.max(0, shortFailMs - balanceMs);
  const effectiveMs = failMs + fullPassMs;
  const wholeMs = Math.max(effectiveMs, rule.durationSumMs);
  const owedMs = wholeMs - effectiveMs;
  if (failMs / wholeMs > rule.exceedRatio) return "upper";
  return (failMs + owedMs) / wholeMs <= rule.exceedRatio ? "lower" : "undecided";
}

/** What is known about one load for one goal. */
export interface LoadStanding {
  load: number;
  class: LoadClass;
  /** Longest valid trial, milliseconds; 0 for none. */
  longestMs: number;
  confirmed: boolean;
  /** A trial shorter than the final duration passed here. */
  shortPass: boolean;
  /** Invalid trials since the last valid one, and the reason for the last. */
  invalidStreak: number;
  invalidReason: string | null;
}

/**
 * The standing of every load tried, smallest first. A failed confirmation makes its load an upper bound regardless of
 * the majority, because the confirmation must pass.
 */
export function standings(
  trials: readonly Trial[],
  goal: SearchGoal,
  rule: ClassificationRule,
  confirmMs: number,
): LoadStanding[] {
  const byLoad = new Map<number, Trial[]>();
  for (const trial of trials) {
    if (trial.notStarted === true) continue;
    const same = byLoad.get(trial.load);
    if (same) same.push(trial);
    else byLoad.set(trial.load, [trial]);
  }
  const proved = provedCounts(trials, goal);
  const found = [...byLoad]
    .sort(([a], [b]) => a - b)
    .map(([load, same]) => standing(load, same, goal, rule, confirmMs));
  // A count at which the target stopped twice is not a coincidence: one trial beyond it is enough, and the count itself
  // needs no other confirmation.
  return found.map((own) => {
    if (byLoad.get(own.load)?.some((trial) => failsByCount(trial, goal, proved))) return { ...own, class: "upper" };
    return proved.has(own.load) && own.class === "lower" ? { ...own, confirmed: true } : own;
  });
}

function standing(
  load: number,
  trials: readonly Trial[],
  goal: SearchGoal,
  rule: ClassificationRule,
  confirmMs: number,
): LoadStanding {
  const found: LoadStanding = {
    load,
    class: "undecided",
    longestMs: 0,
    confirmed: false,
    shortPass: false,
    invalidStreak: 0,
    invalidReason: null,
  };
  const valid: { durationMs: number; failed: boolean }[] = [];
  let refuted = false;
  for (const trial of trials) {
    const outcome = trial.outcome[goal.name];
    if (outcome === "invalid" || outcome === undefined) {
      found.invalidStreak += 1;
      found.invalidReason = trial.limitedBy ?? "invalid-trials";
      continue;
    }
    const failed = outcome === "fail";
    const long = confirmMs > 0 && trial.durationMs >= confirmMs;
    found.invalidStreak = 0;
    found.longestMs = Math.max(found.longestMs, trial.durationMs);
    if (long && failed) refuted = true;
    if (long && !failed) found.confirmed = true;
    if (!failed && trial.durationMs < goal.finalTrialMs) found.shortPass = true;
    valid.push({ durationMs: trial.durationMs, failed });
  }
  found.class = refuted ? "upper" : classifyLoad(valid, rule);
  return found;
}

/** The Relevant Bounds of RFC 9971; null where there is none. */
export interface RelevantBounds {
  lower: number | null;
  upper: number | null;
}

/**
 * The smallest upper bound, and the largest lower bound below it: if a larger load passed although a smaller one failed
 * (loss inversion), the failure takes precedence.
 */
export function relevantBounds(loads: readonly LoadStanding[]): RelevantBounds {
  let lower: number | null = null;
  for (const { load, class: kind } of loads) {
    if (kind === "upper") return { lower, upper: load };
    if (kind === "lower") lower = load;
  }
  return { lower, upper: null };
}

/**
 * The rule for short trials: two initial durations, so one pass continues and only two failures stop (as in ETSI
 * TST009).
 */
export function coarseRule(goal: SearchGoal): ClassificationRule {
  if (goal.initialTrialMs >= goal.finalTrialMs) return goal;
  return { finalTrialMs: goal.initialTrialMs, durationSumMs: 2 * goal.initialTrialMs, exceedRatio: 0.5 };
}

/**
 * Conditional Throughput of RFC 9971 at a lower bound: the load times the delivered share of the median full-length
 * trial. Null when no full-length trial there reported its loss ratio.
 */
export function conditionalThroughput(trials: readonly Trial[], load: number, goal: SearchGoal): number | null {
  const told = trials.flatMap((trial) => {
    const valid =
      trial.load === load && trial.durationMs >= goal.finalTrialMs && trial.outcome[goal.name] !== "invalid";
    return valid && trial.lossRatio !== undefined ? [{ durationMs: trial.durationMs, lossRatio: trial.lossRatio }] : [];
  });
  if (told.length === 0) return null;
  let remainingMs = told.reduce((sum, trial) => sum + trial.durationMs, 0) * (1 - goal.exceedRatio);
  let lossRatio = 1;
  for (const trial of told.sort((a, b) => a.lossRatio - b.lossRatio)) {
    if (remainingMs <= 0) break;
    lossRatio = trial.lossRatio;
    remainingMs -= trial.durationMs;
  }
  return load * (1 - lossRatio);
}

/** What is known for a goal after the trials so far. */
export interface GoalView extends RelevantBounds {
  loads: LoadStanding[];
  /** The smallest load that generator or host could not apply validly, null for none. */
  blocked: { load: number; reason: string } | null;
  /** The smaller of `upper` and `blocked`: loads from here on are not worth trying. */
  top: number | null;
}

/** The view of one goal, based on its full-length rule. */
export function viewGoal(options: SearchOptions, goal: SearchGoal, trials: readonly Trial[]): GoalView {
  const loads = standings(trials, goal, goal, options.confirmMs);
  const held = loads.find(
    (standing) => standing.invalidStreak >= options.invalidAtMost && standing.class === "undecided",
  );
  const blocked = held ? { load: held.load, reason: held.invalidReason ?? "invalid-trials" } : null;
  const bounds = relevantBounds(
    blocked ? loads.filter((standing) => standing.class !== "lower" || standing.load < blocked.load) : loads,
  );
  return { ...bounds, loads, blocked, top: least(bounds.upper, blocked?.load ?? null) };
}

function least(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
