/**
 * The largest load that host, generator and target descriptors can carry according to the pre-flight calculation, known
 * before a search starts.
 */

import type { PreflightRow } from "../../plan/preflight/preflight-row.ts";
import type { LimitName } from "../../plan/search/limit-name.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { preflightOf } from "../prepare/plan-check.ts";
import { varyingOf } from "./varyings.ts";

export interface Ceiling {
  load: number;
  code: LimitName;
  text: string;
  /** How to raise the ceiling, where the pre-flight knows. */
  fix?: string;
}

type Stop = Omit<Ceiling, "load">;

/** A plan's needs do not depend on its duration. */
const noTime = { settleMs: 0, sustainMs: 1000 };

/** More than any current machine can hold. */
const mostConnections = 20_000_000;

/**
 * Whether a row limits a search: it refuses, or warns about something a search must not exhaust (the machine's memory,
 * its conntrack table).
 */
function stops({ limit, verdict }: PreflightRow): boolean {
  return verdict === "refuse" || (verdict === "warn" && (limit === "host-memory" || limit === "conntrack"));
}

/** Checks a plan against whatever carries it, if that is not this host alone: throws when it cannot. */
export type PlanCheck = (scenario: ConnectionsScenario, targetIsLocal: boolean) => unknown;

/** The ceiling of a search. `targetIsLocal`: the target's end of the connections is on this host too. */
export function capacityCeiling(scenario: CapacityScenario, targetIsLocal: boolean, check?: PlanCheck): Ceiling {
  const maximum = scenario.search.maximum ?? Number.POSITIVE_INFINITY;
  const asked = { load: maximum, code: "maximum", text: "the scenario's maximum" } as const;
  const varying = varyingOf(scenario);
  const most = varying.most(scenario);
  if (most !== null) return most.load < maximum ? { ...most, code: "maximum" } : asked;
  const carries = scenario.search.vary === "streams" || scenario.search.vary === "stream-rate" ? "requests" : "pushes";
  const stopping = (load: number): Stop | null =>
    stopOf(varying.plan(scenario, load, noTime).connections, targetIsLocal, carries, check);
  let fits = 0;
  let stopped = Math.min(maximum, mostConnections) + 1;
  while (stopped - fits > 1) {
    const middle = Math.floor((fits + stopped) / 2);
    if (stopping(middle) === null) fits = middle;
    else stopped = middle;
  }
  const stop = stopping(fits + 1);
  if (stop === null)
    return fits >= maximum ? asked : { load: fits, code: "maximum", text: "more than any single machine can hold" };
  return { load: fits, ...stop };
}

/** Why a plan cannot be carried; null when it can. */
function stopOf(
  scenario: ConnectionsScenario,
  targetIsLocal: boolean,
  carries: "pushes" | "requests",
  check: PlanCheck | undefined,
): Stop | null {
  if (check === undefined) {
    const row = preflightOf(scenario, targetIsLocal, carries).find(stops);
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
