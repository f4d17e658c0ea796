/**
 * The most that host, generator and target descriptors can carry by the arithmetic of the pre-flight, known before a
 * search begins.
 */

import type { PreflightRow } from "../../plan/preflight/preflight-row.ts";
import type { LimitName } from "../../plan/search/limit-name.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { durationMs } from "../../scenario/duration.ts";
import { parseLimit } from "../../scenario/limit.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { preflightOf } from "../prepare/plan-check.ts";

export interface Ceiling {
  load: number;
  code: LimitName;
  text: string;
  /** What lets more be tried, where the pre-flight knows. */
  fix?: string;
}

type Stop = Omit<Ceiling, "load">;

/** More than any one machine of today holds. */
const mostConnections = 20_000_000;
/** The shortest push interval the contract of the targets allows, milliseconds. */
export const shortestIntervalMs = 10;

/**
 * A row that stops a search: it refuses, or it warns of what a search must not run into (the machine's memory, its
 * tracking table).
 */
function stops({ limit, verdict }: PreflightRow): boolean {
  return verdict === "refuse" || (verdict === "warn" && (limit === "host-memory" || limit === "conntrack"));
}

/** The connections run that one load means. Pushes per second become a push interval of whole milliseconds. */
export function scenarioAt(scenario: CapacityScenario, load: number, holdMs: number): ConnectionsScenario {
  const { search, kind: _, limits: __, ...shared } = scenario;
  const base = {
    ...shared,
    kind: "connections" as const,
    profile: false,
    limits: trialLimits(scenario),
    hold: `${Math.round(holdMs)}ms`,
  };
  if (search.vary === "connections") return { ...base, connections: load };
  return { ...base, push: { ...scenario.push, interval: `${intervalAt(scenario, load)}ms` } };
}

/** Limits that are no goal and speak of no bound: the trial whose figures the report shows is held against them. */
export function trialLimits({ limits = [] }: CapacityScenario): string[] {
  return limits.filter((text) => !/^(capacity\.|pushLatencyMs\.p99$)/.test(parseLimit(text).figure));
}

/** The push interval of a load, milliseconds. */
export function intervalAt(scenario: CapacityScenario, load: number): number {
  if (scenario.search.vary === "connections") return durationMs(scenario.push.interval);
  return Math.max(shortestIntervalMs, Math.round((scenario.connections * 1000) / load));
}

/** What carries a plan, when that is not this host alone: throws when it cannot. */
export type PlanCheck = (scenario: ConnectionsScenario, targetIsLocal: boolean) => unknown;

/** The ceiling of a search. `targetIsLocal`: the target's end of the connections lies on this host too. */
export function capacityCeiling(scenario: CapacityScenario, targetIsLocal: boolean, check?: PlanCheck): Ceiling {
  const maximum = scenario.search.maximum ?? Number.POSITIVE_INFINITY;
  const asked = { load: maximum, code: "maximum", text: "the scenario's maximum" } as const;
  if (scenario.search.vary === "rate") {
    const load = Math.floor((scenario.connections * 1000) / shortestIntervalMs);
    return load < maximum
      ? { load, code: "maximum", text: `a push every ${shortestIntervalMs} ms, the shortest interval of a target` }
      : asked;
  }
  const stopping = (connections: number): Stop | null =>
    stopOf(scenarioAt(scenario, connections, 0), targetIsLocal, check);
  let fits = 0;
  let stopped = Math.min(maximum, mostConnections) + 1;
  while (stopped - fits > 1) {
    const middle = Math.floor((fits + stopped) / 2);
    if (stopping(middle) === null) fits = middle;
    else stopped = middle;
  }
  const stop = stopping(fits + 1);
  if (stop === null)
    return fits >= maximum ? asked : { load: fits, code: "maximum", text: "more than any one machine holds" };
  return { load: fits, ...stop };
}

/** Why a plan cannot be carried, null when it can. */
function stopOf(scenario: ConnectionsScenario, targetIsLocal: boolean, check: PlanCheck | undefined): Stop | null {
  if (check === undefined) {
    const row = preflightOf(scenario, targetIsLocal).find(stops);
    if (row === undefined) return null;
    const stop = { code: row.limit ?? "host-limits", text: `${row.row}: ${row.value}; ${row.need}` };
    return row.fix === null ? stop : { ...stop, fix: row.fix };
  }
  try {
    check(scenario, targetIsLocal);
    return null;
  } catch (error) {
    return { code: "host-limits", text: (error as Error).message.replaceAll("\n", "; ") };
  }
}
