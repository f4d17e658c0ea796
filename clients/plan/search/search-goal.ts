/** The goals and limits of a capacity search, in the terms of RFC 9971 (MLRsearch). */
import type { LatencyTerms } from "../../scenario/goal-text.ts";

/** A Search Goal of RFC 9971. One trial serves all goals, each of which judges it separately. */
export interface SearchGoal {
  name: string;
  /** Goal Loss Ratio, 0 to 1: used when judging a trial; the search itself only sees outcomes. */
  lossRatio: number;
  /** Limit for the 99th percentile of push latency, milliseconds; null for none. Used when judging a trial. */
  latencyP99Ms: number | null;
  /** Limits for the p99 of other latencies, milliseconds; used likewise. */
  latencies?: LatencyTerms;
  /**
   * Goal Initial Trial Duration: of the short trials that find the approximate range. Equal to `finalTrialMs` for none.
   */
  initialTrialMs: number;
  /** Goal Final Trial Duration: only trials at least this long count fully towards a bound. */
  finalTrialMs: number;
  /** Goal Duration Sum: the trial time after which one load must be decided. */
  durationSumMs: number;
  /**
   * Goal Exceed Ratio, 0 to 1 (exclusive): the share of trial time that may fail at a lower bound. 0.5 is a majority
   * vote.
   */
  exceedRatio: number;
  /** Goal Width: the largest (upper - lower) / upper of a regular result. */
  width: number;
}

/** Options of a search. Plain data: they are kept in the state for `--resume`. */
export interface SearchOptions {
  goals: SearchGoal[];
  /** The first load tried; doubling starts here. */
  startLoad: number;
  /** Connections opened by an initial probe, to see whether the target stops at some number; absent: no probe. */
  climbLoad?: number;
  /** Smallest load worth trying. */
  minLoad: number;
  /** The largest load that generator and host can apply, and why (descriptors, local ports, memory, ...). */
  ceiling: { load: number; reason: string };
  /** Loads are multiples of this; null chooses 1, 10, 100 or 1000 based on the width. */
  granularity: number | null;
  /** Length of the confirmation at the lower bound, milliseconds: longer than every final trial, or 0 for none. */
  confirmMs: number;
  /** This many consecutive invalid trials at one load make it the generator's ceiling. */
  invalidAtMost: number;
  maxTrials: number;
  /** Limit for the whole search including trial set-up, milliseconds. */
  maxTotalMs: number;
  /** Expected set-up time of a trial (restart, ramp, settle, drain) until measured, milliseconds. */
  overheadMs: number;
}

type Timing = Pick<SearchGoal, "initialTrialMs" | "finalTrialMs" | "durationSumMs" | "exceedRatio" | "width">;
type Bounds = Pick<
  SearchOptions,
  "startLoad" | "minLoad" | "granularity" | "confirmMs" | "invalidAtMost" | "maxTrials" | "maxTotalMs" | "overheadMs"
>;

const second = 1000;
const minute = 60 * second;
const common = { startLoad: 500, minLoad: 1, granularity: null, invalidAtMost: 3, maxTrials: 100 } as const;

/**
 * `quick`: minutes, for a first impression. `standard`: as defined in docs/measurements.md (300 s trials, 900 s per
 * load).
 */
export const searchPresets = {
  quick: {
    goal: {
      initialTrialMs: 10 * second,
      finalTrialMs: 20 * second,
      durationSumMs: 60 * second,
      exceedRatio: 0.5,
      width: 0.1,
    },
    search: { ...common, confirmMs: minute, maxTotalMs: 20 * minute, overheadMs: 10 * second },
  },
  standard: {
    goal: {
      initialTrialMs: minute,
      finalTrialMs: 5 * minute,
      durationSumMs: 15 * minute,
      exceedRatio: 0.5,
      width: 0.05,
    },
    search: { ...common, confirmMs: 15 * minute, maxTotalMs: 12 * 60 * minute, overheadMs: 30 * second },
  },
} as const satisfies Record<string, { goal: Timing; search: Bounds }>;
export type SearchPreset = keyof typeof searchPresets;

/** A preset completed with goals and a ceiling; any of its fields may be overridden. */
export function searchOptions(
  preset: SearchPreset,
  given: Partial<Bounds> & {
    goals: (Pick<SearchGoal, "name" | "lossRatio" | "latencyP99Ms" | "latencies"> & Partial<Timing>)[];
    ceiling: SearchOptions["ceiling"];
  },
): SearchOptions {
  const { goal, search } = searchPresets[preset];
  const options = { ...search, ...given, goals: given.goals.map((own) => ({ ...goal, ...own })) };
  return { ...options, startLoad: Math.min(options.startLoad, options.ceiling.load) };
}

/** The width at which short trials give way to full-length ones. */
export function coarseWidth(goal: SearchGoal): number {
  return Math.min(0.5, 4 * goal.width);
}

/** All problems of the options as sentences; empty when there are none. */
export function searchProblems(options: SearchOptions): string[] {
  const problems: string[] = [];
  const need = (ok: boolean, sentence: string) => ok || problems.push(sentence);
  const { goals, startLoad, minLoad, ceiling, confirmMs } = options;
  need(goals.length > 0, "goals: at least one is needed");
  need(new Set(goals.map((goal) => goal.name)).size === goals.length, "goals: every name must be different");
  need(isCount(minLoad), `minLoad: expected a whole number of at least 1, got ${minLoad}`);
  need(
    isCount(ceiling.load) && ceiling.load >= minLoad,
    `ceiling.load: expected a whole number of at least minLoad, got ${ceiling.load}`,
  );
  need(
    isCount(startLoad) && startLoad >= minLoad && startLoad <= ceiling.load,
    `startLoad: expected a whole number from minLoad to the ceiling, got ${startLoad}`,
  );
  need(
    options.granularity === null || isCount(options.granularity),
    `granularity: expected null or a whole number of at least 1, got ${options.granularity}`,
  );
  need(
    isCount(options.invalidAtMost),
    `invalidAtMost: expected a whole number of at least 1, got ${options.invalidAtMost}`,
  );
  need(isCount(options.maxTrials), `maxTrials: expected a whole number of at least 1, got ${options.maxTrials}`);
  need(
    options.maxTotalMs > 0 && Number.isFinite(options.maxTotalMs),
    `maxTotalMs: expected more than 0 and finite, got ${options.maxTotalMs}`,
  );
  need(options.overheadMs >= 0, `overheadMs: expected at least 0, got ${options.overheadMs}`);
  for (const goal of goals) {
    const { name, initialTrialMs, finalTrialMs, durationSumMs, exceedRatio, width } = goal;
    need(
      initialTrialMs > 0 && initialTrialMs <= finalTrialMs,
      `goal ${name}: initialTrialMs must be above 0 and not above finalTrialMs`,
    );
    need(
      Number.isFinite(durationSumMs) && durationSumMs >= finalTrialMs,
      `goal ${name}: durationSumMs must be finite and at least finalTrialMs`,
    );
    need(
      exceedRatio >= 0 && exceedRatio < 1,
      `goal ${name}: exceedRatio must be at least 0 and below 1, got ${exceedRatio}`,
    );
    need(width > 0 && width < 1, `goal ${name}: width must be above 0 and below 1, got ${width}`);
    need(
      confirmMs === 0 || confirmMs > finalTrialMs,
      `confirmMs: expected 0 or more than finalTrialMs of goal ${name}, got ${confirmMs}`,
    );
  }
  return problems;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
