/** Long connections that are held: the basic kind. */
import { durationMs } from "../../scenario/duration.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { readValues } from "../prepare/run-values.ts";
import type { RunKind, RunPlan } from "../run-kind.ts";

/** The plan of held connections. Throws a ScenarioError when the values for their templates cannot be read. */
export const connectionsPlan = (scenario: ConnectionsScenario, target: string): RunPlan => ({
  connections: { ...scenario, target },
  values: readValues({ ...scenario, target }),
  holdMs: durationMs(scenario.hold),
  readsTargetClock: true,
});

export const connectionsKind: RunKind<ConnectionsScenario> = { name: "connections", plan: connectionsPlan };
