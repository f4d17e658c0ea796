/** What is wrong with the shape of a scenario, in words: unknown fields, values of another type, out of range. */
import { mostLoad } from "../fields/shared-fields.ts";
import type { ScenarioKind, scenarioKinds } from "../schema.ts";
import { mostProblems, type Problem } from "./problem-bounds.ts";
import { brokenRules } from "./schema-problems.ts";

/** Every rule of its schema that a scenario breaks, in words. */
export function schemaProblems(
  schema: (typeof scenarioKinds)[ScenarioKind],
  value: Record<string, unknown>,
): Problem[] {
  return brokenRules(schema, value).map(({ rule, path, message }, index) => {
    const field = path.map((name) => (name === "" ? '""' : name)).join(".") || "scenario";
    // Words cost time and room: those that nobody reads are not looked for.
    if (index >= mostProblems) return { field, text: message };
    if (rule === "unknown")
      return { field, text: `unknown field${suggestion(path.at(-1) ?? "", knownFields(schema, path.slice(0, -1)))}` };
    const came = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
    return { field, text: `${expectation(schema, path, message, came)}, got ${describe(came)}` };
  });
}

type AnySchema = {
  properties?: Record<string, AnySchema>;
  description?: string;
  anyOf?: { const?: unknown }[];
  format?: string;
  [key: string]: unknown;
};

function schemaAt(schema: unknown, path: string[]): AnySchema | undefined {
  const inner = ({ properties }: AnySchema, key: string): AnySchema | undefined =>
    properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
  return path.reduce<AnySchema | undefined>(
    (at, key) => (at === undefined ? undefined : inner(at, key)),
    schema as AnySchema,
  );
}

function knownFields(schema: unknown, path: string[]): string[] {
  return Object.keys(schemaAt(schema, path)?.properties ?? {});
}

/** What a field expects, in words. A ceiling no plan comes near is named only to who is above it. */
function expectation(schema: unknown, path: string[], fallback: string, came: unknown): string {
  const at = schemaAt(schema, path);
  if (at === undefined) return fallback;
  const choices = at.anyOf?.map((choice) => choice.const).filter((choice) => choice !== undefined);
  if (choices !== undefined && choices.length > 0)
    return `expected one of ${[...new Set(choices.map(String))].join(", ")}`;
  if (at.format === "duration-text") return "expected a duration such as 500ms, 10s, 5m, 2h";
  const low = at.minimum ?? at.exclusiveMinimum;
  const range =
    low === undefined
      ? ""
      : at.maximum === undefined || (Number(at.maximum) >= mostLoad && !(Number(came) > Number(at.maximum)))
        ? ` ${at.exclusiveMinimum === undefined ? "of at least" : "above"} ${low}`
        : ` from ${low} to ${at.maximum}`;
  const type = at.type === "integer" ? "a whole number" : at.type === "number" ? "a number" : undefined;
  if (type !== undefined) return `expected ${type}${range}`;
  return `${fallback}${at.description === undefined ? "" : ` (${at.description})`}`;
}

/** A value as a message shows it. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Longer than any field: nothing known is near it. */
const mostNameLength = 40;

/** " (did you mean X?)" for a near miss, otherwise the known fields. */
function suggestion(wrong: string, known: string[]): string {
  if (wrong.length > mostNameLength) return `; known: ${known.join(", ")}`;
  const near = known
    .map((name) => ({ name, distance: editDistance(wrong.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (near !== undefined && near.distance <= Math.max(2, wrong.length / 3)) return `; did you mean "${near.name}"?`;
  return `; known: ${known.join(", ")}`;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
