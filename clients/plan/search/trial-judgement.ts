/** Whether one trial of a capacity search passed a goal, and which criterion broke first (docs/capacity.md). Pure. */
import { judgeRise } from "../../measure/statistics/drift.ts";
import { median } from "../../measure/statistics/median.ts";
import type { TrialOutcome } from "./search-bounds.ts";
import type { SearchGoal } from "./search-goal.ts";

/** The 99th percentile of one tick's pushes. */
export interface Burst {
  /** When the tick was seen, milliseconds since the start of the trial. */
  atMs: number;
  p99Ms: number;
}

/** What one trial showed. Ratios are of the whole trial; pushes and latencies of its sustain phase. */
export interface TrialFigures {
  planned: number;
  opened: number;
  refused: number;
  closedUnexpectedly: number;
  /** The target's process ended by itself. */
  targetDied: boolean;
  /** Null: the target's messages do not say which of how many they are, and what was due nobody can know. */
  pushes: { due: number; lost: number; late: number } | null;
  /** Over all pushes of the sustain phase that carried a stamp, milliseconds; null when none did. */
  p99Ms: number | null;
  bursts: readonly Burst[];
  /** Why the trial says nothing about the target: generator or host broke first. */
  invalid: string | null;
}

/** The criteria in the order in which they are asked: what comes first explains what follows. */
export const trialCriteria = {
  "target-died": "the target's process ended",
  refused: "connections were refused",
  "unexpected-closes": "connections were closed unexpectedly",
  "lost-pushes": "pushes were lost or late",
  "push-p99": "the p99 of all pushes was above the limit",
  "burst-p99": "the median of the per-burst p99 was above the limit",
  "rising-p99": "the per-burst p99 rose during the trial",
} as const;
export type TrialCriterion = keyof typeof trialCriteria;

/** The outcome for one goal. */
export interface GoalJudgement {
  outcome: TrialOutcome;
  criterion: TrialCriterion | null;
}

/** Lost and late pushes as a share of those due; null where nothing can be known. */
export function lostRatio({ pushes }: Pick<TrialFigures, "pushes">): number | null {
  return pushes === null || pushes.due === 0 ? null : (pushes.lost + pushes.late) / pushes.due;
}

type GoalTerms = Pick<SearchGoal, "lossRatio" | "latencyP99Ms">;

/**
 * Judges a trial by one goal. The first criterion that broke, in the order of {@link trialCriteria}. A limit on a
 * latency that was not measured makes the trial invalid, unless the target failed otherwise; a loss ratio without
 * counted pushes speaks of connections alone.
 */
export function judgeTrial(figures: TrialFigures, goal: GoalTerms): GoalJudgement {
  if (figures.invalid !== null) return { outcome: "invalid", criterion: null };
  const broken = (Object.keys(trialCriteria) as TrialCriterion[]).find((criterion) => breaks(criterion, figures, goal));
  if (broken !== undefined) return { outcome: "fail", criterion: broken };
  return { outcome: unmeasuredBy(figures, goal) === null ? "pass" : "invalid", criterion: null };
}

/** What of a goal a trial could not be held against, in a sentence; null: nothing. */
export function unmeasuredBy(
  { p99Ms }: Pick<TrialFigures, "p99Ms">,
  { latencyP99Ms }: Pick<SearchGoal, "latencyP99Ms">,
): string | null {
  if (latencyP99Ms === null || p99Ms !== null) return null;
  return `p99<=${latencyP99Ms} was not measured: no push of the sustain phase carried a stamp (--push-stamp names where it is)`;
}

function breaks(criterion: TrialCriterion, figures: TrialFigures, { lossRatio, latencyP99Ms }: GoalTerms): boolean {
  const { planned, refused, closedUnexpectedly, bursts } = figures;
  const p99s = bursts.map(({ p99Ms }) => p99Ms);
  switch (criterion) {
    case "target-died":
      return figures.targetDied;
    case "refused":
      return refused / planned > lossRatio;
    case "unexpected-closes":
      return closedUnexpectedly / planned > lossRatio;
    case "lost-pushes":
      // Null: nobody can know how many were due. The goal then speaks of connections alone.
      return (lostRatio(figures) ?? 0) > lossRatio;
    case "push-p99":
      return latencyP99Ms !== null && figures.p99Ms !== null && figures.p99Ms > latencyP99Ms;
    case "burst-p99":
      return latencyP99Ms !== null && p99s.length > 0 && median(p99s) > latencyP99Ms;
    case "rising-p99": {
      const atMs = bursts.map((burst) => burst.atMs);
      return judgeRise(atMs, p99s).verdict === "rising";
    }
  }
}

/** A window of a run with its own push quantiles: a line of intervals.ndjson. */
export interface PushWindow {
  atMs: number;
  count: number;
  p99Ms: number;
}

/**
 * One p99 for each tick from windows of a second. A tick's pushes may lie in two windows: the larger p99 of those that
 * hold at least 1 % of them stands, which is never below the true one. With several ticks a window, each window is a
 * point.
 */
export function burstsOf(windows: readonly PushWindow[], intervalMs: number): Burst[] {
  const bursts: Burst[] = [];
  let open: PushWindow[] = [];
  const flush = (): void => {
    const most = Math.max(0, ...open.map(({ count }) => count));
    const told = open.filter(({ count }) => count >= most / 100);
    if (told.length > 0) bursts.push({ atMs: open[0]!.atMs, p99Ms: Math.max(...told.map(({ p99Ms }) => p99Ms)) });
    open = [];
  };
  for (const window of windows) {
    if (window.count === 0) continue;
    if (open.length > 0 && window.atMs - open[0]!.atMs >= Math.min(intervalMs * 0.6, 5000)) flush();
    open.push(window);
  }
  flush();
  return bursts;
}
