/** Which function runs which kind of scenario. A new kind is a new entry. */
import type { Report } from "../report/report.ts";
import type { ConnectionsScenario, ScenarioKind } from "../scenario/schema.ts";
import { type ExecuteOptions, executeConnections } from "./execute.ts";

/** Runs one scenario of a kind against one target. The scenario was checked against its kind's schema. */
export type Executor = (scenario: never, targetName: string, options: ExecuteOptions) => Promise<Report>;

export const executors: Record<ScenarioKind, Executor> = {
  connections: (scenario: ConnectionsScenario, name, options) => executeConnections("connections", scenario, name, options),
};
