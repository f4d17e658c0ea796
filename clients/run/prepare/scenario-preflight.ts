/** The pre-flight of a scenario of any kind, with only the rows relevant to it. */
import type { ApiPlan } from "../../generator/requests/request-plan.ts";
import { readHostLimits } from "../../measure/host/host-limits.ts";
import { pipelinePreflight, redisRow } from "../../plan/preflight/preflight-needs.ts";
import type { PreflightRow } from "../../plan/preflight/preflight-row.ts";
import type { ApiScenario } from "../../scenario/api-schema.ts";
import type { ConnectionsScenario, Scenario } from "../../scenario/schema.ts";
import type { StreamsScenario } from "../../scenario/streams-schema.ts";
import { isUrl } from "../../scenario/target-url.ts";
import { hasRedisServer, redisAnswers, withoutPassword } from "../../target/redis-server.ts";
import { needsRedis, planApi } from "../kinds/api-kind.ts";
import { askingUsers } from "../kinds/request-run.ts";
import { planStreams } from "../kinds/streams-kind.ts";
import { freeBytesBelow } from "../pipeline/log-file.ts";
import { logPlan } from "../pipeline/pipeline-run.ts";
import { type PlannedConnections, preflightOf } from "./plan-check.ts";
import { withResolvedAddresses } from "./resolved-addresses.ts";
import { valueRows } from "./value-rows.ts";

export interface PreflightPlace {
  runsFolder: string;
  /** Whether the target's end is on this host too. */
  targetIsLocal: boolean;
}

/**
 * The table for a scenario; empty for a comparison, whose runs are checked individually. Throws ScenarioError when the
 * scenario is invalid.
 */
export async function scenarioPreflight(
  scenario: Scenario,
  { runsFolder, targetIsLocal }: PreflightPlace,
): Promise<PreflightRow[]> {
  switch (scenario.kind) {
    case "pipeline":
      return pipelinePreflight(logPlan(scenario), await freeBytesBelow(runsFolder), readHostLimits());
    case "api":
      return apiPreflight(scenario, targetIsLocal);
    case "streams":
      return requestPreflight(scenario, planStreams(scenario, null), targetIsLocal);
    case "compare":
      return [];
    case "connections":
      return [...(await connectionRows(scenario, targetIsLocal)), ...valueRows(scenario)];
    default:
      return connectionRows(scenario, targetIsLocal);
  }
}

/** The rows of connections to every address that the target's name has now. */
async function connectionRows(
  scenario: PlannedConnections & Pick<ConnectionsScenario, "protocol">,
  targetIsLocal: boolean,
  carries?: "requests",
): Promise<PreflightRow[]> {
  return preflightOf(await withResolvedAddresses(scenario), targetIsLocal, carries);
}

async function requestPreflight(
  scenario: ApiScenario | StreamsScenario,
  plan: ApiPlan,
  targetIsLocal: boolean,
): Promise<PreflightRow[]> {
  const users = askingUsers(scenario, plan, [scenario.target ?? []].flat()[0] ?? "go");
  return [...(await connectionRows(users, targetIsLocal, "requests")), ...valueRows(users)];
}

async function apiPreflight(scenario: ApiScenario, targetIsLocal: boolean): Promise<PreflightRow[]> {
  const names = [scenario.target ?? []].flat();
  const api = planApi(scenario, null);
  const rows = await requestPreflight(scenario, api, targetIsLocal);
  const { redis } = scenario;
  if (!names.some((name) => needsRedis(api, isUrl(name) ? null : name, redis))) return rows;
  return [
    ...rows,
    redis === undefined
      ? redisRow(null, hasRedisServer())
      : redisRow(withoutPassword(redis), await redisAnswers(redis)),
  ];
}
