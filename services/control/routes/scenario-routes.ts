/** What can be requested: kinds and their schemas, presets, targets, and the pre-flight of a scenario. */
import { Type } from "#typebox";
import { isLoopback } from "../../../clients/measure/loopback.ts";
import { worstVerdict } from "../../../clients/plan/preflight/preflight.ts";
import { scenarioPreflight } from "../../../clients/run/prepare/scenario-preflight.ts";
import { presetNames, presetOf } from "../../../clients/scenario/presets/presets.ts";
import { type ScenarioKind, scenarioKinds } from "../../../clients/scenario/schema.ts";
import { isUrl } from "../../../clients/scenario/target-url.ts";
import { checkAvailability } from "../../../clients/target/availability.ts";
import { readManifests } from "../../../clients/target/manifest.ts";
import { agentRows } from "../agents/agent-info.ts";
import type { App, AppDeps } from "../app-deps.ts";
import { targetsIn, withoutBuiltIn } from "./dial-policy.ts";
import { localFields, scriptNames } from "./network-fields.ts";
import { readNetworkScenario } from "./network-scenario.ts";
import { Anything, CheckBody, closed, kindSchema, PreflightAnswer, refusals } from "./schemas.ts";

const tags = ["scenarios"];
const Kinds = closed({
  kinds: Type.Array(
    closed({
      kind: Type.String(),
      description: Type.String(),
      schema: Anything("JSON schema"),
      refused: Type.Array(Type.String()),
    }),
  ),
  faultScripts: Type.Array(Type.String({ description: "scripts of the rehearsal target that `faults` may name" })),
});
const Presets = closed({ presets: Type.Array(closed({ name: Type.String(), scenario: Anything("the scenario") })) });
const Targets = closed({
  targets: Type.Array(
    closed({
      name: Type.String(),
      title: Type.String(),
      state: Type.String(),
      why: Type.Optional(Type.String()),
      install: Type.Optional(Type.String()),
    }),
  ),
  allowedHosts: Type.Array(Type.String()),
  note: Type.Union([Type.String(), Type.Null()], {
    description: "what can be used as a target if no built-in target is installed, as in the service's image",
  }),
});

export function addScenarioRoutes(app: App, deps: AppDeps): void {
  app.get(
    "/kinds",
    { schema: { summary: "kinds of scenario and their schemas", tags, response: { 200: Kinds, ...refusals } } },
    () => {
      const kinds = Object.keys(scenarioKinds) as ScenarioKind[];
      return { kinds: kinds.map(kindView), faultScripts: scriptNames() };
    },
  );
  app.get("/presets", { schema: { summary: "named scenarios", tags, response: { 200: Presets, ...refusals } } }, () => {
    return { presets: presetNames().map((name) => ({ name, scenario: presetOf(name) })) };
  });
  app.get(
    "/targets",
    {
      schema: {
        summary: "built-in targets and whether they can run here",
        tags,
        response: { 200: Targets, ...refusals },
      },
    },
    async () => {
      const targets = readManifests().map(async (manifest) => ({
        name: manifest.name,
        title: manifest.title,
        ...(await checkAvailability(manifest)),
      }));
      return {
        targets: await Promise.all(targets),
        allowedHosts: [...deps.dial.allowedHosts],
        note: targets.length > 0 ? null : withoutBuiltIn(deps.dial),
      };
    },
  );
  addPreflight(app, deps);
}

function kindView(kind: ScenarioKind): { kind: string; description: string; schema: unknown; refused: string[] } {
  const schema = kindSchema(kind);
  return { kind, description: String(schema.description ?? ""), schema, refused: Object.keys(localFields) };
}

function addPreflight(app: App, { dial, agents, folder }: AppDeps): void {
  const schema = {
    summary: "what a scenario requires of this machine, row by row, before it is started",
    tags,
    body: CheckBody,
    response: { 200: PreflightAnswer, ...refusals },
  };
  app.post(
    "/preflight",
    { schema, preValidation: async (request) => void readNetworkScenario(request.body, dial) },
    async (request) => {
      const scenario = readNetworkScenario(request.body, dial);
      const isLocal = targetsIn(scenario).every(({ name }) => !isUrl(name) || isLoopback(new URL(name).hostname));
      const rows = await scenarioPreflight(scenario, { runsFolder: folder.path, targetIsLocal: isLocal });
      if ("connections" in scenario) rows.push(...agentRows(agents, scenario as never, isLocal));
      return { verdict: worstVerdict(rows), rows };
    },
  );
}
