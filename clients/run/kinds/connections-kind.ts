/** Long connections, held: the plain kind. */
import { durationMs } from "../../scenario/duration.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import type { RunKind, RunPlan } from "../run-kind.ts";

/** The plan of connections that do nothing but stay open and listen. */
export const connectionsPlan = (scenario: ConnectionsScenario, target: string): RunPlan => ({
  connections: { ...scenario, target },
  holdMs: durationMs(scenario.hold),
  readsTargetClock: true,
});

export const connectionsKind: RunKind<ConnectionsScenario> = { name: "connections", plan: connectionsPlan };
