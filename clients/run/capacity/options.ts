/** Converts a capacity scenario to the options of its search. Throws ScenarioError with every problem at once. */
import { type SearchGoal, type SearchOptions, searchPresets, searchProblems } from "../../plan/search/search-goal.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { durationMs } from "../../scenario/duration.ts";
import type { Problem } from "../../scenario/problems/problem-bounds.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import type { Ceiling } from "./ceiling.ts";
import { goalsOf, intervalAt } from "./trial-scenario.ts";
import { leastTicks } from "./vary-pushes.ts";
import { varyingOf } from "./varyings.ts";

/** Longest ramp of the initial probe, seconds. */
const climbSeconds = 10;

const msOf = (text: string | undefined, otherwise: number): number =>
  text === undefined ? otherwise : durationMs(text);

/**
 * The goals, trial durations and budgets. Omitted fields follow the preset; durations keep its proportions to the final
 * trial.
 */
export function searchOptionsOf(scenario: CapacityScenario, ceiling: Ceiling): SearchOptions {
  const { search } = scenario;
  if (ceiling.load < (search.minimum ?? 1)) {
    throw new ScenarioError([
      {
        field: "search.minimum",
        text: `expected at most ${ceiling.load}, the largest load that can be tried here (${ceiling.text}), got ${search.minimum ?? 1}`,
      },
    ]);
  }
  const { goal, search: preset } = searchPresets[search.preset];
  const finalTrialMs = msOf(search.finalTrial, goal.finalTrialMs);
  const scale = finalTrialMs / goal.finalTrialMs;
  const initialTrialMs = Math.min(finalTrialMs, msOf(search.initialTrial, goal.initialTrialMs * scale));
  const timing = {
    initialTrialMs,
    finalTrialMs,
    durationSumMs: msOf(search.durationSum, goal.durationSumMs * scale),
    exceedRatio: goal.exceedRatio,
    width: search.width ?? goal.width,
  };
  const varying = varyingOf(scenario);
  const least = varying.least(scenario, initialTrialMs);
  const minLoad = Math.min(ceiling.load, search.minimum ?? least.load);
  const options: SearchOptions = {
    ...preset,
    goals: goalsOf(scenario).map((terms): SearchGoal => ({ ...timing, ...terms })),
    minLoad,
    ...(varying.countsConnections ? { climbLoad: Math.floor(scenario.rampPerSecond * climbSeconds) } : {}),
    startLoad: Math.min(ceiling.load, search.minimum ?? Math.max(minLoad, least.start ?? preset.startLoad)),
    ceiling: { load: ceiling.load, reason: ceiling.text },
    confirmMs: msOf(search.confirm, preset.confirmMs * scale),
    maxTrials: search.mostTrials ?? preset.maxTrials,
    maxTotalMs: msOf(search.mostTime, preset.maxTotalMs),
  };
  const problems = [
    ...searchProblems(options).map((text): Problem => ({ field: "search", text })),
    ...tickProblems(scenario, options),
  ];
  if (problems.length > 0) throw new ScenarioError(problems);
  return options;
}

function tickProblems(scenario: CapacityScenario, options: SearchOptions): Problem[] {
  const { vary } = scenario.search;
  if (vary !== "connections" && vary !== "rate") return [];
  const shortestMs = Math.min(...options.goals.map((goal) => goal.initialTrialMs));
  const intervalMs = intervalAt(scenario, options.minLoad);
  if (intervalMs * leastTicks <= shortestMs) return [];
  const fix = vary === "rate" ? "a larger search.minimum" : "a shorter push.interval";
  return [
    {
      field: "search.initialTrial",
      text: `expected at least ${leastTicks} push intervals (${leastTicks * intervalMs} ms), got ${shortestMs} ms; use longer trials or ${fix}`,
    },
  ];
}
