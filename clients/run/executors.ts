/** Which function runs which kind of scenario. A new kind is a new entry. */

import type { Report } from "../report/model/report.ts";
import type { ApiScenario } from "../scenario/api-schema.ts";
import type { CapacityScenario } from "../scenario/capacity-schema.ts";
import type { CompareScenario } from "../scenario/compare-schema.ts";
import type { PipelineScenario } from "../scenario/pipeline-schema.ts";
import type { ConnectionsScenario, RunScenario, ScenarioKind } from "../scenario/schema.ts";
import type { SoakScenario } from "../scenario/soak-schema.ts";
import { executeCapacity } from "./capacity/capacity-run.ts";
import { executeCompare } from "./compare/compare-run.ts";
import { type ExecuteOptions, executeConnections } from "./execute.ts";
import { executeApi } from "./kinds/api-run.ts";
import { executeSoak } from "./kinds/soak-run.ts";
import { executePipeline } from "./pipeline/pipeline-run.ts";

/** Runs one scenario of a kind against one target. The scenario was checked against its kind's schema. */
export type Executor = (scenario: never, targetName: string, options: ExecuteOptions) => Promise<Report>;

/** Runs a scenario of any kind but a comparison against one target. */
export const executeOne = (scenario: RunScenario, name: string, options: ExecuteOptions): Promise<Report> =>
  executors[scenario.kind](scenario as never, name, options);

export const executors: Record<ScenarioKind, Executor> = {
  connections: (scenario: ConnectionsScenario, name, options) => executeConnections("connections", scenario, name, options),
  capacity: (scenario: CapacityScenario, name, options) => executeCapacity(scenario, name, options),
  soak: (scenario: SoakScenario, name, options) => executeSoak(scenario, name, options),
  api: (scenario: ApiScenario, name, options) => executeApi(scenario, name, options),
  pipeline: (scenario: PipelineScenario, name, options) => executePipeline(scenario, name, options),
  // A comparison has targets of its own.
  compare: async (scenario: CompareScenario, _name, options) => (await executeCompare(scenario, options, executeOne)).report,
};
