/** Reads a scenario from YAML, JSON or an object: fills in defaults and reports every problem at once. */

import { LineCounter, parseDocument } from "yaml";
import Value from "#typebox/value";
import { type CompareScenario, namedInputs } from "./compare-schema.ts";
import { dialectProblems, withDialect } from "./dialects/dialects.ts";
import { eventProblems } from "./event-match.ts";
import { withStages } from "./fields/stage-fields.ts";
import { limitText } from "./limit.ts";
import { comparePresets } from "./presets/compare-presets.ts";
import { capacityProblems } from "./problems/capacity-problems.ts";
import { certificateProblems } from "./problems/certificate-problems.ts";
import { conversationProblems } from "./problems/conversation-problems.ts";
import { durationProblems } from "./problems/duration-problems.ts";
import { isToldAsLimit, limitProblems } from "./problems/limit-problems.ts";
import { mqttProblems } from "./problems/mqtt-problems.ts";
import { boundedProblems, isTooDeep, mostDepth, type Problem, parseProblem } from "./problems/problem-bounds.ts";
import { resolveProblems } from "./problems/resolve-entries.ts";
import { withShortLists } from "./problems/schema-problems.ts";
import { describe, schemaProblems } from "./problems/shape-problems.ts";
import { isToldAsStage, stageProblems } from "./problems/stage-problems.ts";
import { templateProblems } from "./problems/template-fields.ts";
import { framingProblems, headerProblems, protocolProblems, sourceProblems } from "./problems/wire-problems.ts";
import { notShown, secretsOf } from "./redaction.ts";
import { type RunScenario, type Scenario, type ScenarioKind, scenarioKinds } from "./schema.ts";
import { parsePlainLocation, parseStampLocation } from "./stamp-location.ts";

/** All problems of an input at once. Exit code 2; nothing was started. */
export class ScenarioError extends Error {
  readonly problems: Problem[];

  constructor(problems: readonly Problem[]) {
    const told = boundedProblems(problems);
    super(told.map(({ field, text }) => `${field}: ${text}`).join("\n"));
    this.problems = told;
  }
}

/** Parses YAML (JSON is YAML). Syntax errors carry line and column. */
export function parseScenarioText(text: string, fileName: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new ScenarioError(
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { field: `${fileName}:${line}:${col}`, text: `YAML syntax error: ${error.message}` };
      }),
    );
  }
  try {
    return document.toJS();
  } catch (error) {
    // An alias without its anchor, or aliases that would expand to more than the library allows.
    throw new ScenarioError([
      { field: fileName, text: `expected YAML whose aliases resolve: ${(error as Error).message}` },
    ]);
  }
}

/** Checks an input against the schema of its kind and fills in defaults. Throws {@link ScenarioError}. */
export function readScenario(input: unknown): Scenario {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw new ScenarioError([
      { field: "scenario", text: `expected fields such as "kind: connections", got ${describe(input)}` },
    ]);
  }
  if (isTooDeep(input))
    throw new ScenarioError([{ field: "scenario", text: `expected at most ${mostDepth} levels of nesting` }]);
  const kind = (input as { kind?: unknown }).kind;
  if (typeof kind !== "string" || !Object.hasOwn(scenarioKinds, kind)) {
    throw new ScenarioError([
      { field: "kind", text: `expected one of ${Object.keys(scenarioKinds).join(", ")}, got ${describe(kind)}` },
    ]);
  }
  const schema = scenarioKinds[kind as ScenarioKind];
  const short = withShortLists(schema, input) as Record<string, unknown>;
  const said = withDialect(withProtocol(schema, "stages" in schema.properties ? withStages(short) : short));
  const filled = Value.Default(schema, Value.Clone(said)) as Record<string, unknown>;
  dropAbsent(schema, filled, said);
  const shape = schemaProblems(schema, filled);
  const problems = [
    ...shape.filter((problem) => !isToldAsLimit(problem) && !isToldAsStage(problem, filled)),
    ...durationProblems(schema, filled),
    ...limitProblems(filled),
    ...stageProblems(filled),
    ...stampProblems(filled),
    ...eventProblems(filled),
    ...headerProblems(filled),
    ...protocolProblems(filled, input as Record<string, unknown>),
    ...sourceProblems(filled),
    ...resolveProblems(filled),
    ...hiddenProblems(filled),
    ...capacityProblems(filled, said),
    ...dialectProblems(filled),
    ...framingProblems(filled),
    ...certificateProblems(filled, "conversation" in schema.properties),
    ...("vars" in schema.properties
      ? [...templateProblems(filled), ...conversationProblems(filled, input as Record<string, unknown>)]
      : []),
  ];
  // Texts of the block are looked at once they are texts.
  if (
    !shape.some(({ field }) =>
      /^(protocol|mqtt)(?!\.(qos|receiveMaximum|maximumPacketSize|topicAliases|keepAlive|sessionExpiry|cleanStart)$)/.test(
        field,
      ),
    )
  )
    problems.push(...mqttProblems(filled));
  if (problems.length > 0) throw new ScenarioError(problems);
  if (Array.isArray(filled.limits)) filled.limits = filled.limits.map(limitText);
  if (Array.isArray(filled.groups))
    filled.connections = (filled.groups as { connections: number }[]).reduce(
      (sum, { connections }) => sum + connections,
      0,
    );
  return kind === "compare" ? withScenarios(filled as CompareScenario) : (filled as Scenario);
}

/** What a target's scheme says of the protocol, where it leaves no choice. */
const protocolOfScheme: Record<string, string> = { "mqtt:": "mqtt", "mqtts:": "mqtt", "tcp:": "tcp", "nats:": "tcp" };

/** Whether a protocol is named by its file: one of the user's own. */
export const isModulePath = (protocol: unknown): boolean =>
  typeof protocol === "string" && /^(\.{0,2}\/.+|.+\.m?[jt]s)$/.test(protocol);

/**
 * The input with the protocol that it leaves unsaid and that follows from its target or its blocks; a version written
 * as a number is a text.
 */
function withProtocol(
  schema: { properties: Record<string, unknown> },
  input: Record<string, unknown>,
): Record<string, unknown> {
  if (!("mqtt" in schema.properties)) return input;
  if (isModulePath(input.protocol)) return { ...input, protocol: "tcp", protocolModule: input.protocol };
  const mqtt = input.mqtt as { version?: unknown } | undefined;
  const said =
    typeof mqtt?.version === "number" ? { ...input, mqtt: { ...mqtt, version: String(mqtt.version) } } : input;
  if (input.protocol !== undefined) return said;
  const [target] = [input.target].flat();
  const scheme =
    typeof target === "string" ? (/^[a-z]+(?=(\+unix)?:)/i.exec(target)?.[0].toLowerCase().concat(":") ?? "") : "";
  const protocol = input.mqtt === undefined ? protocolOfScheme[scheme] : "mqtt";
  return protocol === undefined ? said : { ...said, protocol };
}

/** A comparison with its preset's values filled in and its scenarios checked, each as the scenario of its own kind. */
function withScenarios(compare: CompareScenario): CompareScenario {
  const problems: Problem[] = [];
  const read = namedInputs(compare).map(({ field, input }, index) => {
    if (input === null) {
      const known = Object.keys(comparePresets[compare.preset].scenarios).join(", ");
      problems.push({
        field,
        text: `expected a scenario, or one of ${known}, got ${describe(compare.scenarios?.[index])}`,
      });
      return {};
    }
    const { kind, target } = input as { kind?: unknown; target?: unknown };
    if (kind === "compare")
      problems.push({ field: `${field}.kind`, text: 'expected a kind with one target, got "compare"' });
    if (target !== undefined)
      problems.push({ field: `${field}.target`, text: "expected no target: the comparison's targets are used" });
    try {
      return kind === "compare" ? {} : (readScenario(input) as Record<string, unknown>);
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      problems.push(...error.problems.map((problem) => ({ ...problem, field: `${field}.${problem.field}` })));
      return {};
    }
  });
  if (new Set(compare.targets).size < compare.targets.length)
    problems.push({ field: "targets", text: "expected each target once" });
  if (problems.length > 0) throw new ScenarioError(problems);
  const { title, repeats } = comparePresets[compare.preset];
  const isPreset = compare.scenarios === undefined;
  return { ...(isPreset ? { title } : {}), ...compare, scenarios: read, repeats: compare.repeats ?? repeats };
}

/** The scenarios of a comparison that {@link readScenario} gave. */
export function scenariosOf(compare: CompareScenario): RunScenario[] {
  return (compare.scenarios ?? []) as unknown as RunScenario[];
}

/** An optional field that was not given stays absent: its default is for help texts and for the block it opens. */
function dropAbsent(
  schema: { required: readonly string[] },
  filled: Record<string, unknown>,
  input: Record<string, unknown>,
): void {
  for (const name of Object.keys(filled)) if (!(name in input) && !schema.required.includes(name)) delete filled[name];
}

/** Fields of `push` that name a place in a message, and what reads them. */
const placesInPush = { stamp: parseStampLocation, sequence: parsePlainLocation, channel: parsePlainLocation } as const;

function stampProblems(scenario: Record<string, unknown>): Problem[] {
  const push = (scenario.push ?? {}) as Record<string, unknown>;
  const problems: Problem[] =
    push.channel !== undefined && push.sequence === undefined
      ? [{ field: "push.channel", text: "expected push.sequence with it" }]
      : [];
  if (push.sequence !== undefined && push.stamp === "holdfast")
    problems.push({
      field: "push.sequence",
      text: "expected nothing: pushes in the format of docs/targets.md carry their own numbers; push.stamp says that they are used",
    });
  const places = Object.entries(placesInPush).flatMap(([name, parse]) =>
    parseProblem(`push.${name}`, push[name], parse),
  );
  return [...problems, ...places];
}

/** A report's scenario has its secrets left out: sent as they stand there, they would be wrong in silence. */
function hiddenProblems(scenario: Record<string, unknown>): Problem[] {
  return secretsOf(scenario)
    .filter(({ text }) => text.includes(notShown))
    .map(({ field }) => ({
      field,
      text: `expected the real value, got "${notShown}": reports omit it, take it from the scenario file`,
    }));
}
