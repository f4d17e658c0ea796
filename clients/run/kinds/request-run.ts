/**
 * Common to all kinds whose connections carry requests: the connections they need, and what their shards do over them.
 */
import { parseTarget } from "../../connection/resolve-endpoint.ts";
import { type ApiPlan, stepsMs } from "../../generator/requests/request-plan.ts";
import type { ApiScenario } from "../../scenario/api-schema.ts";
import { dialFields } from "../../scenario/fields/dial-fields.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import type { StreamsScenario } from "../../scenario/streams-schema.ts";
import { isUrl } from "../../scenario/target-url.ts";
import { readValues, type ValuedScenario } from "../prepare/run-values.ts";
import type { RunPlan } from "../run-kind.ts";

type RequestScenario = ApiScenario | StreamsScenario;

const defaultUsers = 100;
/** Largest API response kept for checking, bytes; streams have their own limit per event. */
const mostAnswerBytes = 16_777_216;
/** Fields that request scenarios share with connections scenarios, in addition to {@link dialFields}. */
const alikeFields = [
  "rampPerSecond",
  "headers",
  "data",
  "vars",
  "replicas",
  "targetCpus",
  "targetMemoryMiB",
  "pid",
  "keeper",
  "keeperTokenFile",
  "redis",
  "faults",
  "limits",
];

/**
 * Users of a scenario that does not specify them; at a rate, the number of connections for as many concurrent responses
 * of this duration in milliseconds.
 */
export function usersOf({ users, rate }: RequestScenario, answerMs: number): number {
  if (users !== undefined) return users;
  return rate === undefined ? defaultUsers : Math.min(1000, Math.max(10, Math.ceil((rate * answerMs) / 1000)));
}

/** The path and query of a target's URL; null for a built-in target. Throws a ConnectionError `bad-target-url`. */
export function pathOf(target: string): string | null {
  return isUrl(target) ? parseTarget(target, "http").path : null;
}

/** The connections scenario that carries the requests, used for plan, target and pre-flight. */
export function carryingConnections(scenario: RequestScenario, plan: ApiPlan, target: string): ConnectionsScenario {
  const said = new Set([...Object.keys(dialFields), ...alikeFields]);
  const connect = scenario.timeouts?.connect ?? "10s";
  return readScenario({
    kind: "connections",
    target,
    protocol: "sse",
    connections: Math.max(...plan.users),
    hold: `${stepsMs(plan)}ms`,
    timeouts: { connect, upgrade: connect },
    maxMessageBytes: scenario.kind === "streams" ? scenario.maxMessageBytes : mostAnswerBytes,
    ...Object.fromEntries(Object.entries(scenario).filter(([name, value]) => said.has(name) && value !== undefined)),
  }) as ConnectionsScenario;
}

/** The same with the users' requests, for the values in their templates. */
export const askingUsers = (scenario: RequestScenario, plan: ApiPlan, target: string): ValuedScenario => ({
  ...carryingConnections(scenario, plan, target),
  ...(scenario.paths === undefined ? {} : { paths: scenario.paths }),
  ...(scenario.body === undefined ? {} : { body: scenario.body }),
  whom: "user",
});

/** The `execute` plan of a run of requests. */
export function requestRun(scenario: RequestScenario, plan: ApiPlan, target: string): Omit<RunPlan, "additions"> {
  return {
    connections: { ...carryingConnections(scenario, plan, target), profile: scenario.profile },
    protocol: "http",
    values: readValues(askingUsers(scenario, plan, target)),
    holdMs: stepsMs(plan),
    // Requests are timed by our clock only, so the target's is not needed.
    readsTargetClock: false,
    shard: (shard) => ({ ...shard, engine: { ...shard.engine, protocol: "http" }, api: plan }),
  };
}
