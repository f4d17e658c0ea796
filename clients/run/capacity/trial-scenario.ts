/** Converts loads of a capacity search to runs: the scenario for a load, and the goals that apply to it. Pure. */
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { durationMs } from "../../scenario/duration.ts";
import { type GoalTerms, type LatencyTerms, parseGoals } from "../../scenario/goal-text.ts";
import { parseLimit } from "../../scenario/limit.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { latencyNamed, variedOf } from "../../scenario/varied.ts";

/** The shortest push interval allowed by the target contract, milliseconds. */
export const shortestIntervalMs = 10;

/** The only target of a search. */
export const targetOf = ({ target }: Pick<CapacityScenario, "target">): string => String([target].flat()[0]);

/** The connections run of a search, whatever varies, with the number of connections in the scenario. */
export function scenarioOfTrial(scenario: CapacityScenario, holdMs: number): ConnectionsScenario {
  const { search: _, kind: __, limits: ___, streams: ____, ...shared } = scenario;
  return {
    ...shared,
    kind: "connections",
    profile: false,
    limits: trialLimits(scenario),
    hold: `${Math.round(holdMs)}ms`,
  };
}

/** A load in connections, or in pushes per second, which are converted to a push interval of whole milliseconds. */
export function scenarioAt(scenario: CapacityScenario, load: number, holdMs: number): ConnectionsScenario {
  const base = scenarioOfTrial(scenario, holdMs);
  return scenario.search.vary === "rate"
    ? { ...base, push: { ...scenario.push, interval: `${intervalAt(scenario, load)}ms` } }
    : { ...base, connections: load };
}

/** The push interval for a load, milliseconds. */
export function intervalAt(scenario: CapacityScenario, load: number): number {
  if (scenario.search.vary !== "rate") return durationMs(scenario.push.interval);
  return Math.max(shortestIntervalMs, Math.round((scenario.connections * 1000) / load));
}

/** Pushes due per second in a trial; null when they are not what the search varies. */
export function pushesPerSecond(scenario: CapacityScenario, connections: number, load: number): number | null {
  const { vary } = scenario.search;
  return vary === "connections" || vary === "rate" ? (connections * 1000) / intervalAt(scenario, load) : null;
}

/** The latency and p99 limit that a goal adopts from a scenario limit; null for any other limit. */
function goalLimit(scenario: CapacityScenario, text: string): [latency: string, atMost: number] | null {
  const { figure, atMost } = parseLimit(text);
  const latency = figure.endsWith(".p99") ? latencyNamed(figure.slice(0, -".p99".length)) : null;
  return latency !== null && atMost !== undefined && variedOf(scenario.search.vary).latencies.includes(latency)
    ? [latency, atMost]
    : null;
}

/** Limits that concern neither a goal nor a bound; they apply to the trial whose figures the report shows. */
export function trialLimits(scenario: CapacityScenario): string[] {
  return (scenario.limits ?? []).filter(
    (text) => !parseLimit(text).figure.startsWith("capacity.") && goalLimit(scenario, text) === null,
  );
}

/** The goals for a load, including limits of the scenario on the same latencies. Throws a ScenarioError. */
export function goalsOf(scenario: CapacityScenario): GoalTerms[] {
  const { search, limits = [] } = scenario;
  const limited = limits.map((text) => goalLimit(scenario, text)).filter((limit) => limit !== null);
  try {
    // Of several limits on one latency the first takes effect.
    return parseGoals(search.goals, Object.fromEntries(limited.reverse()) as LatencyTerms, search.vary);
  } catch (error) {
    throw new ScenarioError([{ field: "search.goals", text: (error as Error).message }]);
  }
}
