/** Maps each kind of scenario to the function that runs it. A new kind is a new entry. */
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

/** Runs one scenario of a kind, already validated, against one target. */
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
  // A comparison names its own targets.
  compare: async (scenario, _name, options) => (await executeCompare(scenario, options, executeOne)).report,
};

/** Runs a scenario of any kind; unless it is a comparison, against the target of this name. */
export function executeScenario<K extends ScenarioKind>(
  scenario: ScenarioOf<K>,
  name: string,
  options: ExecuteOptions,
): Promise<Report> {
  const executor: Executor<K> = executors[scenario.kind as K];
  return executor(scenario, name, options);
}

/** Runs a scenario of any kind but comparison against one target. */
export const executeOne = (scenario: RunScenario, name: string, options: ExecuteOptions): Promise<Report> =>
  executeScenario(scenario, name, options);
