/** Which function runs which kind of scenario. A new kind is a new entry. */
import type { Report } from "../report/model/report.ts";
import type { RunScenario, Scenario, ScenarioKind } from "../scenario/schema.ts";
import { executeCapacity } from "./capacity/capacity-run.ts";
import { executeCompare } from "./compare/compare-run.ts";
import { type ExecuteOptions, execute } from "./execute.ts";
import { apiKind } from "./kinds/api-kind.ts";
import { connectionsKind } from "./kinds/connections-kind.ts";
import { soakKind } from "./kinds/soak-kind.ts";
import { streamsKind } from "./kinds/streams-kind.ts";
import { executePipeline } from "./pipeline/pipeline-run.ts";

type ScenarioOf<K extends ScenarioKind> = Extract<Scenario, { kind: K }>;

/** Runs one scenario of a kind against one target. The scenario was checked against its kind's schema. */
type Executor<K extends ScenarioKind> = (
  scenario: ScenarioOf<K>,
  targetName: string,
  options: ExecuteOptions,
) => Promise<Report>;

const executors: { readonly [K in ScenarioKind]: Executor<K> } = {
  connections: (scenario, name, options) => execute(connectionsKind, scenario, name, options),
  soak: (scenario, name, options) => execute(soakKind, scenario, name, options),
  api: (scenario, name, options) => execute(apiKind, scenario, name, options),
  streams: (scenario, name, options) => execute(streamsKind, scenario, name, options),
  capacity: executeCapacity,
  pipeline: executePipeline,
  // A comparison has targets of its own.
  compare: async (scenario, _name, options) => (await executeCompare(scenario, options, executeOne)).report,
};

/** Runs a scenario of any kind; one that is no comparison against the target of this name. */
export function executeScenario<K extends ScenarioKind>(
  scenario: ScenarioOf<K>,
  name: string,
  options: ExecuteOptions,
): Promise<Report> {
  const executor: Executor<K> = executors[scenario.kind as K];
  return executor(scenario, name, options);
}

/** Runs a scenario of any kind but a comparison against one target. */
export const executeOne = (scenario: RunScenario, name: string, options: ExecuteOptions): Promise<Report> =>
  executeScenario(scenario, name, options);
