/** The pre-flight of a scenario of any kind: only the rows that its kind can meet. */
import { readHostLimits } from "../../measure/host/host-limits.ts";
import { pipelinePreflight, redisRow } from "../../plan/preflight/preflight-needs.ts";
import type { PreflightRow } from "../../plan/preflight/preflight-row.ts";
import type { ApiScenario } from "../../scenario/api-schema.ts";
import type { Scenario } from "../../scenario/schema.ts";
import { hasRedisServer, redisAnswers, withoutPassword } from "../../target/redis-server.ts";
import { connectionsOf, needsRedis, planApi } from "../kinds/api-kind.ts";
import { planStreams, streamConnections } from "../kinds/streams-kind.ts";
import { freeBytesBelow } from "../pipeline/log-file.ts";
import { logPlan } from "../pipeline/pipeline-run.ts";
import { isUrl } from "./choose-target.ts";
import { preflightOf } from "./plan-check.ts";
import { valueRows } from "./value-rows.ts";

export interface PreflightPlace {
  runsFolder: string;
  /** Whether the target's end lies on this host too. */
  targetIsLocal: boolean;
}

/** The table of a scenario; empty for a comparison, whose runs are checked each in its turn. Throws ScenarioError for one that cannot be. */
export async function scenarioPreflight(scenario: Scenario, { runsFolder, targetIsLocal }: PreflightPlace): Promise<PreflightRow[]> {
  switch (scenario.kind) {
    case "pipeline":
      return pipelinePreflight(logPlan(scenario), await freeBytesBelow(runsFolder), readHostLimits());
    case "api":
      return apiPreflight(scenario, targetIsLocal);
    case "streams":
      return preflightOf(streamConnections(scenario, planStreams(scenario, null), [scenario.target ?? []].flat()[0] ?? "go"), targetIsLocal, "requests");
    case "compare":
      return [];
    case "connections":
      return [...preflightOf(scenario, targetIsLocal), ...valueRows(scenario)];
    default:
      return preflightOf(scenario, targetIsLocal);
  }
}

async function apiPreflight(scenario: ApiScenario, targetIsLocal: boolean): Promise<PreflightRow[]> {
  const names = [scenario.target ?? []].flat();
  const api = planApi(scenario, null);
  const rows = preflightOf(connectionsOf(scenario, api, names[0] ?? "go"), targetIsLocal, "requests");
  const { redis } = scenario;
  if (!names.some((name) => needsRedis(api, isUrl(name) ? null : name, redis))) return rows;
  return [...rows, redis === undefined ? redisRow(null, hasRedisServer()) : redisRow(withoutPassword(redis), await redisAnswers(redis))];
}
