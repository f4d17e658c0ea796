/**
 * What a user asks for. One schema gives the types, the validation, the help of the CLI, the API document and
 * docs/scenario.md. Every object is closed: a field it does not know is an error.
 */
import { type Static, Type } from "#typebox";
import { ApiScenario } from "./api-schema.ts";
import { CapacityScenario } from "./capacity-schema.ts";
import { CompareScenario } from "./compare-schema.ts";
import { connectionFields } from "./fields/connection-fields.ts";
import { closed, targetFields } from "./fields/shared-fields.ts";
import { PipelineScenario } from "./pipeline-schema.ts";
import { SoakScenario } from "./soak-schema.ts";
import { StreamsScenario } from "./streams-schema.ts";

export const ConnectionsScenario = closed(
  { kind: Type.Literal("connections"), ...connectionFields, ...targetFields },
  "open connections and hold them, measuring every push and every disconnect",
);
export type ConnectionsScenario = Static<typeof ConnectionsScenario>;

/** The kinds of scenario and their schemas. A new kind is a new entry. */
export const scenarioKinds = {
  connections: ConnectionsScenario,
  capacity: CapacityScenario,
  soak: SoakScenario,
  api: ApiScenario,
  streams: StreamsScenario,
  pipeline: PipelineScenario,
  compare: CompareScenario,
} as const;
export type ScenarioKind = keyof typeof scenarioKinds;
/** A scenario of any kind. */
export type Scenario = { [K in ScenarioKind]: Static<(typeof scenarioKinds)[K]> }[ScenarioKind];
/** Scenarios of one run against one target. */
export type RunScenario = Exclude<Scenario, { kind: "compare" }>;
