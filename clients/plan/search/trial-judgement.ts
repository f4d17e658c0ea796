/** Whether a trial of a capacity search passed a goal, and which criterion failed first (docs/capacity.md). Pure. */
import { judgeRise } from "../../measure/statistics/drift.ts";
import { median } from "../../measure/statistics/median.ts";
import { type GoalLatency, goalLatencies } from "../../scenario/varied.ts";
import type { TrialOutcome } from "./search-bounds.ts";
import type { SearchGoal } from "./search-goal.ts";

/** The 99th percentile of one tick's pushes. */
export interface Burst {
  /** When the tick was observed, milliseconds since the start of the trial. */
  atMs: number;
  p99Ms: number;
}

/** Something other than connections and pushes that was due in a trial, and how much of it the target failed. */
export interface Owed {
  criterion: "failed-streams" | "lost-messages" | "held-up";
  due: number;
  failed: number;
}

/** The figures of one trial. Ratios cover the whole trial; pushes and latencies its sustain phase. */
export interface TrialFigures {
  planned: number;
  opened: number;
  refused: number;
  closedUnexpectedly: number;
  /** The target's process ended on its own. */
  targetDied: boolean;
  /** Null: the target's messages are not numbered, so the number due is unknown. */
  pushes: { due: number; lost: number; late: number } | null;
  /** Over all stamped pushes of the sustain phase, milliseconds; null when there were none. */
  p99Ms: number | null;
  bursts: readonly Burst[];
  owed: readonly Owed[];
  /** The p99 of latencies other than the push's that goals may limit, milliseconds; null: not measured. */
  latencies: Partial<Record<GoalLatency, number | null>>;
  /** The part of the load that was not applied; such a trial cannot pass, but a target that fails anyway has failed. */
  notApplied: string | null;
  /** Why the trial says nothing about the target: the generator or host failed first. */
  invalid: string | null;
}

/** The criteria in the order in which they are checked: earlier ones explain later ones. */
export const trialCriteria = {
  "target-died": "the target's process exited",
  refused: "connections were refused",
  "unexpected-closes": "connections were closed unexpectedly",
  "failed-streams": "streams failed or were not answered",
  "lost-messages": "published messages were lost or late",
  "held-up": "connections were not open when they were due to be replaced",
  "lost-pushes": "pushes were lost or late",
  "connect-p99": "the p99 from connect to open was above the limit",
  "connect-tls-p99": "the p99 of the TLS handshakes was above the limit",
  "published-p99": "the p99 of published messages was above the limit",
  "first-byte-p99": "the p99 to the first byte was above the limit",
  "first-event-p99": "the p99 to the first event was above the limit",
  "gap-p99": "the p99 of the gaps between events was above the limit",
  "longest-gap-p99": "the p99 of the longest gap of each stream was above the limit",
  "stream-p99": "the p99 of whole streams was above the limit",
  "push-p99": "the p99 of all pushes was above the limit",
  "burst-p99": "the median of the per-burst p99 was above the limit",
  "rising-p99": "the per-burst p99 rose during the trial",
} as const;
export type TrialCriterion = keyof typeof trialCriteria;

/** The criteria that concern a latency. */
const latencyCriteria: Partial<Record<TrialCriterion, GoalLatency>> = {
  "connect-p99": "connect",
  "connect-tls-p99": "connectTls",
  "published-p99": "published",
  "first-byte-p99": "firstByte",
  "first-event-p99": "firstEvent",
  "gap-p99": "gap",
  "longest-gap-p99": "longestGap",
  "stream-p99": "stream",
};

/** The outcome for one goal. */
export interface GoalJudgement {
  outcome: TrialOutcome;
  criterion: TrialCriterion | null;
}

/** Lost and late pushes as a share of those due; null: unknown. */
const lostPushRatio = ({ pushes }: Pick<TrialFigures, "pushes">): number | null =>
  pushes === null || pushes.due === 0 ? null : (pushes.lost + pushes.late) / pushes.due;

/** The worst share of failures among everything due, including lost and late pushes; null: unknown. */
export function lostRatio({ pushes, owed }: Pick<TrialFigures, "pushes" | "owed">): number | null {
  const shares = owed.filter(({ due }) => due > 0).map(({ due, failed }) => failed / due);
  const lostPushes = lostPushRatio({ pushes });
  if (lostPushes !== null) shares.push(lostPushes);
  return shares.length === 0 ? null : Math.max(...shares);
}

type GoalTerms = Pick<SearchGoal, "lossRatio" | "latencyP99Ms" | "latencies">;

/**
 * Judges a trial by one goal: the first criterion that failed, in the order of {@link trialCriteria}. A limit on a
 * latency that was not measured makes the trial invalid, unless the target failed otherwise; a loss ratio without
 * counted pushes applies to connections only.
 */
export function judgeTrial(figures: TrialFigures, goal: GoalTerms): GoalJudgement {
  if (figures.invalid !== null) return { outcome: "invalid", criterion: null };
  const broken = (Object.keys(trialCriteria) as TrialCriterion[]).find((criterion) => breaks(criterion, figures, goal));
  if (broken !== undefined) return { outcome: "fail", criterion: broken };
  return { outcome: unmeasuredBy(figures, goal) === null ? "pass" : "invalid", criterion: null };
}

/** Why a trial that violated no criterion still does not pass this goal, as a sentence; null: it passes. */
export function unmeasuredBy(
  { p99Ms, latencies: measured, notApplied }: Pick<TrialFigures, "p99Ms" | "latencies" | "notApplied">,
  { latencyP99Ms, latencies = {} }: Pick<SearchGoal, "latencyP99Ms" | "latencies">,
): string | null {
  if (notApplied !== null) return notApplied;
  if (latencyP99Ms !== null && p99Ms === null)
    return `p99<=${latencyP99Ms} was not measured: ${goalLatencies.push.absent} (use --push-stamp to say where it is)`;
  const missing = (Object.keys(latencies) as GoalLatency[]).find((name) => (measured[name] ?? null) === null);
  if (missing === undefined) return null;
  return `${missing}.p99<=${latencies[missing]} was not measured: ${goalLatencies[missing].absent}`;
}

function breaks(criterion: TrialCriterion, figures: TrialFigures, goal: GoalTerms): boolean {
  const { lossRatio, latencyP99Ms } = goal;
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
      // Null: the number due is unknown, and the goal applies to connections only. When no push was due, none was lost.
      return (lostPushRatio(figures) ?? 0) > lossRatio;
    case "push-p99":
      return latencyP99Ms !== null && figures.p99Ms !== null && figures.p99Ms > latencyP99Ms;
    case "burst-p99":
      return latencyP99Ms !== null && p99s.length > 0 && median(p99s) > latencyP99Ms;
    case "rising-p99": {
      const atMs = bursts.map((burst) => burst.atMs);
      return judgeRise(atMs, p99s).verdict === "rising";
    }
    case "failed-streams":
    case "lost-messages":
    case "held-up":
      return figures.owed.some((owed) => owed.criterion === criterion && owed.failed > lossRatio * owed.due);
    default: {
      const latency = latencyCriteria[criterion]!;
      const [p99Ms = null, limitMs] = [figures.latencies[latency], goal.latencies?.[latency]];
      // An unmeasured latency is not a violation: {@link unmeasuredBy} makes the trial invalid.
      return p99Ms !== null && limitMs !== undefined && p99Ms > limitMs;
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
 * One p99 per tick from windows of one second. A tick's pushes may be split over two windows: the larger p99 of those
 * with at least 1 % of them is used, which is never below the true one. With several ticks per window, each window is
 * one point.
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
