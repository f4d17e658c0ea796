/**
 * Thousands of searches against a simulated target with a known limit. Used by tests; run as a program (`node
 * dist/clients/plan/testing/search-simulation.js [searches]`) it prints the table of
 * docs/decisions/004-capacity-search.md.
 */
import { fileURLToPath } from "node:url";
import { seededRandom } from "../../measure/statistics/seeded-random.ts";
import { nextTrial, observe, startSearch } from "../search/search.ts";
import type { TrialOutcome } from "../search/search-bounds.ts";
import { type SearchOptions, searchOptions } from "../search/search-goal.ts";
import type { SearchResult } from "../search/search-result.ts";

/** A simulated target and the noise around it. */
export interface ModelTarget {
  /** The load at which half the trials fail, by goal name. */
  limits: Record<string, number>;
  /**
   * Softness of the limit: P(fail) = 1 / (1 + exp(-(load / limit - 1) / slope)); 0 is a step (fails above the limit).
   */
  slope: number;
  /**
   * Share of full-length trials that fail for reasons unrelated to the target; proportionally more for longer trials.
   */
  spurious: number;
  /** Share of trials that are invalid. */
  invalid: number;
  /** Set-up time of a trial, milliseconds. */
  overheadMs: number;
}

/** One whole search against the model. */
export function simulateSearch(options: SearchOptions, target: ModelTarget, random: () => number): SearchResult {
  let state = startSearch(options);
  for (;;) {
    const next = nextTrial(state);
    if ("done" in next) return next.done;
    const isInvalid = random() < target.invalid;
    const luck = random();
    const mishap = random();
    const outcome: Record<string, TrialOutcome> = {};
    for (const goal of options.goals) {
      const limit = target.limits[goal.name] ?? 0;
      const failShare =
        target.slope === 0 ? Number(next.load > limit) : 1 / (1 + Math.exp(-(next.load / limit - 1) / target.slope));
      const spuriousShare = 1 - (1 - target.spurious) ** (next.durationMs / goal.finalTrialMs);
      outcome[goal.name] = isInvalid ? "invalid" : luck < failShare || mishap < spuriousShare ? "fail" : "pass";
    }
    const elapsedMs = next.durationMs + target.overheadMs;
    state = observe(state, {
      load: next.load,
      durationMs: next.durationMs,
      outcome,
      elapsedMs,
      ...(isInvalid && { limitedBy: "generator-cpu" }),
    });
  }
}

/** Figures of many searches for one goal: quantiles of lower bound / true limit, and shares of all searches. */
export interface SimulationFigures {
  p5: number;
  median: number;
  p95: number;
  /** The lower bound exceeds the limit by more than the width. */
  overstated: number;
  /** The lower bound is within one width of the limit; within two. */
  close: number;
  near: number;
  /** The limit lies between the bounds. */
  bracketed: number;
  regular: number;
  trials: number;
  hours: number;
}

const rounding = 1e-9;

/**
 * Runs `count` searches and summarizes them for the named goal. Every search scales all limits by a random factor from
 * 0.1 to 2.5 (log-uniform), so that no figure depends on how one limit falls on the grid of loads. A search without a
 * lower bound counts as 0.
 */
export function simulateMany(
  options: SearchOptions,
  target: ModelTarget,
  goal: string,
  count: number,
  seed: number,
): SimulationFigures {
  const random = seededRandom(seed);
  const width = options.goals.find((own) => own.name === goal)?.width ?? 0;
  const runs = Array.from({ length: count }, () => {
    const scale = 0.1 * 25 ** random();
    const limits = Object.fromEntries(
      Object.entries(target.limits).map(([name, limit]) => [name, Math.round(limit * scale)]),
    );
    const result = simulateSearch(options, { ...target, limits }, random);
    const { lower = null, upper = null, regular = false } = result.goals.find((own) => own.goal === goal) ?? {};
    const limit = limits[goal] ?? 1;
    const bracketed = lower !== null && upper !== null && lower <= limit && limit <= upper;
    return {
      ratio: (lower ?? 0) / limit,
      bracketed,
      regular,
      trials: result.trials,
      hours: result.elapsedMs / 3_600_000,
    };
  });
  const at = (share: number, value: (run: (typeof runs)[number]) => number) =>
    Float64Array.from(runs, value).sort()[Math.round(share * (count - 1))] ?? 0;
  const share = (test: (run: (typeof runs)[number]) => boolean) => runs.filter(test).length / count;
  return {
    p5: at(0.05, (run) => run.ratio),
    median: at(0.5, (run) => run.ratio),
    p95: at(0.95, (run) => run.ratio),
    overstated: share((run) => run.ratio > 1 + width + rounding),
    close: share((run) => Math.abs(run.ratio - 1) <= width + rounding),
    near: share((run) => Math.abs(run.ratio - 1) <= 2 * width + rounding),
    bracketed: share((run) => run.bracketed),
    regular: share((run) => run.regular),
    trials: at(0.5, (run) => run.trials),
    hours: at(0.5, (run) => run.hours),
  };
}

/** A single-goal search of a preset with room for limits up to 60,000. */
export function simulatedOptions(preset: "quick" | "standard", given: Partial<SearchOptions> = {}): SearchOptions {
  const goals = [{ name: "strict", lossRatio: 0, latencyP99Ms: null }];
  return { ...searchOptions(preset, { goals, ceiling: { load: 60_000, reason: "descriptors" } }), ...given };
}

/** Limits of the simulated target at scale 1, by goal. */
export const simulatedLimits = { strict: 20_000, tolerant: 23_000, fast: 15_000, slow: 21_000 };

/** A search for four goals at once, each based on the preset. */
export function fourGoals(options: SearchOptions): SearchOptions {
  return {
    ...options,
    goals: options.goals.slice(0, 1).flatMap((goal) => Object.keys(simulatedLimits).map((name) => ({ ...goal, name }))),
  };
}

function printTable(count: number): void {
  const print = (cells: (string | number)[]) => process.stdout.write(`| ${cells.join(" | ")} |\n`);
  const percent = (share: number) => `${(100 * share).toFixed(share < 0.01 && share > 0 ? 2 : 0)} %`;
  const titles = [
    "search",
    "spurious",
    "invalid",
    "median",
    "5 %..95 %",
    "limit between bounds",
    "within 1 width",
    "within 2",
    "overstated",
    "regular",
    "trials",
    "hours",
  ];
  print(titles);
  print(titles.map(() => "---"));
  const row = (
    name: string,
    options: SearchOptions,
    spurious: number,
    invalid = 0,
    goal: keyof typeof simulatedLimits = "strict",
    slope = 0.02,
  ) => {
    const found = simulateMany(
      options,
      { limits: simulatedLimits, slope, spurious, invalid, overheadMs: options.overheadMs },
      goal,
      count,
      1,
    );
    const spread = `${found.p5.toFixed(3)}..${found.p95.toFixed(3)}`;
    const shares = [found.bracketed, found.close, found.near, found.overstated, found.regular].map(percent);
    print([
      name,
      percent(spurious),
      percent(invalid),
      found.median.toFixed(3),
      spread,
      ...shares,
      found.trials,
      found.hours.toFixed(2),
    ]);
  };
  const standard = simulatedOptions("standard");
  row("standard, limit is a step", standard, 0, 0, "strict", 0);
  for (const spurious of [0, 0.05, 0.15]) row("standard", standard, spurious);
  for (const spurious of [0, 0.05, 0.15]) row("standard, no confirmation", { ...standard, confirmMs: 0 }, spurious);
  const longer = { ...standard, goals: standard.goals.map((goal) => ({ ...goal, durationSumMs: 1_500_000 })) };
  for (const spurious of [0, 0.05, 0.15]) row("standard, sum 1,500 s", longer, spurious);
  for (const spurious of [0, 0.05]) row("standard", standard, spurious, 0.1);
  for (const spurious of [0, 0.05, 0.15]) row("quick", simulatedOptions("quick"), spurious);
  const four = fourGoals(standard);
  for (const goal of ["strict", "tolerant", "fast", "slow"] as const) row(`four goals: ${goal}`, four, 0, 0, goal);
  row("four goals: strict", four, 0.05);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) printTable(Number(process.argv[2] ?? 3000));
