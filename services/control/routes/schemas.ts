/** Schemas of requests and responses, from which validation, documentation and types derive. */
import { type Static, type TProperties, type TSchema, Type } from "#typebox";
import { Reason } from "../../../clients/report/model/report.ts";
import { presetNames } from "../../../clients/scenario/presets/presets.ts";
import { scenarioKinds } from "../../../clients/scenario/schema.ts";
import { orderStates } from "../runs/order.ts";
import { refusalCodes } from "./problem.ts";

export const closed = <P extends TProperties>(properties: P, description?: string) =>
  Type.Object(properties, { additionalProperties: false, ...(description === undefined ? {} : { description }) });
export const words = <const W extends readonly string[]>(list: W, description: string) =>
  Type.Union(
    list.map((word) => Type.Literal(word)),
    { description },
  ) as unknown as ReturnType<typeof Type.Unsafe<W[number]>>;
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** Any JSON value, whose schema is defined elsewhere. */
export const Anything = (description: string) => Type.Unsafe<unknown>({ description });

export const RefusalBody = closed({
  error: closed({
    code: words(Object.keys(refusalCodes), "from a closed list"),
    text: Type.String(),
    problems: Type.Optional(Type.Array(closed({ field: Type.String(), text: Type.String() }))),
  }),
});

/** Responses that any route may send instead of its own. */
export const refusals = { "4xx": RefusalBody };

export const runIdPattern = "^[0-9]{8}-[0-9]{6}-[a-z0-9-]{1,60}$";
const RunId = Type.String({ pattern: runIdPattern, description: "a run's id" });
export const RunPath = closed({ id: RunId });
export const Tags = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
  maxItems: 16,
  description: "labels to find the run by",
});

/** A field with a default may be omitted, so the document must not list it as required. */
function asGiven(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(asGiven);
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, asGiven(value)])) as Record<
    string,
    unknown
  >;
  const properties = copy.properties as Record<string, { default?: unknown }> | undefined;
  if (Array.isArray(copy.required))
    copy.required = copy.required.filter((name: string) => properties?.[name]?.default === undefined);
  return copy;
}

/** The schema of one kind, as a caller may write it. */
export function kindSchema(kind: keyof typeof scenarioKinds): Record<string, unknown> {
  return asGiven(structuredClone(scenarioKinds[kind])) as Record<string, unknown>;
}

export const ScenarioInput = Type.Unsafe<Record<string, unknown>>({
  anyOf: Object.keys(scenarioKinds).map((kind) => kindSchema(kind as keyof typeof scenarioKinds)),
  description:
    "a scenario of any kind; GET /kinds has each schema. Fields that name files, processes or commands on the service's machine are rejected.",
});

export const StartBody = closed({
  scenario: Type.Optional(ScenarioInput),
  preset: Type.Optional(words(presetNames(), "name of a preset, instead of a scenario")),
  tags: Type.Optional(Tags),
});
export const CheckBody = closed({ scenario: ScenarioInput });

export const RunView = closed({
  id: RunId,
  run: nullable(RunId),
  kind: Type.String(),
  target: Type.String(),
  title: nullable(Type.String()),
  state: words(orderStates, "queued, preparing and running runs have not ended"),
  verdict: nullable(words(["pass", "fail", "invalid"], "once it has ended")),
  tags: Type.Array(Type.String()),
  group: nullable(Type.String({ description: "runs started by the same request" })),
  createdAt: Type.String(),
  startedAt: nullable(Type.String()),
  endedAt: nullable(Type.String()),
  connections: nullable(
    closed({
      planned: Type.Integer(),
      opened: Type.Integer(),
      refused: Type.Integer(),
      closedUnexpectedly: Type.Integer(),
      peak: Type.Integer(),
    }),
  ),
  pushP99Ms: nullable(Type.Number()),
  error: nullable(Reason),
  hasReport: Type.Boolean(),
});
export type RunView = Static<typeof RunView>;

export const RunAnswer = closed({ run: RunView });
export const RunsAnswer = closed({ runs: Type.Array(RunView) });
export const RunPage = closed({
  runs: Type.Array(RunView),
  next: nullable(Type.String({ description: "pass it as `before` to get the next page" })),
});

export const RunQuery = closed({
  state: Type.Optional(words(orderStates, "only these")),
  kind: Type.Optional(Type.String({ maxLength: 40 })),
  target: Type.Optional(Type.String({ maxLength: 200 })),
  verdict: Type.Optional(words(["pass", "fail", "invalid"], "only these")),
  tag: Type.Optional(Type.String({ maxLength: 64 })),
  before: Type.Optional(RunId),
  most: Type.Optional(
    Type.String({ pattern: "^([1-9][0-9]?|1[0-9][0-9]|200)$", description: "1 to 200, 20 by default" }),
  ),
});

export const PairQuery = closed({ before: RunId, after: RunId });

export const PreflightAnswer = closed({
  verdict: words(["ok", "warn", "refuse"], "of the worst row"),
  rows: Type.Array(
    closed({
      row: Type.String(),
      value: Type.String({ description: "what is available" }),
      need: Type.String({ description: "what the plan needs, with the calculation" }),
      verdict: words(["ok", "warn", "refuse"], "of this row"),
      fix: nullable(Type.String()),
    }),
  ),
});
