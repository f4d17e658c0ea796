/** The fields of a scenario kind as a flat list: what the CLI's flags, the help and docs/scenario.md are made from. */
import { type ScenarioKind, scenarioKinds } from "./schema.ts";

export interface ScenarioField {
  /** Path in the scenario: ["push", "interval"]. */
  path: string[];
  type: "string" | "number" | "boolean" | "list" | "numbers" | "record";
  description: string;
  fallback: unknown;
  choices: string[];
  /** Within what clients say, or in a list of blocks: for a file, too much for a flag. */
  isForFiles: boolean;
}

interface AnySchema {
  type?: string;
  properties?: Record<string, AnySchema>;
  items?: AnySchema;
  anyOf?: AnySchema[];
  const?: unknown;
  description?: string;
  default?: unknown;
  patternProperties?: unknown;
}

/** Every field of a kind but `kind` itself, in the order of the schema. */
export function scenarioFields(kind: ScenarioKind): ScenarioField[] {
  return fieldsOf(scenarioKinds[kind] as unknown as AnySchema, []).filter(({ path }) => path[0] !== "kind");
}

function fieldsOf(schema: AnySchema, path: string[]): ScenarioField[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]): ScenarioField[] => {
    const at = [...path, name];
    // A cause is a key: what may stand under each is the same, and described once.
    const isKeyed = name === "causes";
    if (field.type === "object" && field.properties !== undefined && !isKeyed) return fieldsOf(field, at);
    // A list of blocks is its blocks' fields; a block that may hold its like is described once.
    if (field.type === "array" && field.items?.properties !== undefined)
      return fieldsOf(field.items, [...path, `${name}[]`]);
    const choices = [
      ...new Set(field.anyOf?.flatMap((choice) => (choice.const === undefined ? [] : [String(choice.const)]))),
    ];
    const isForFiles =
      at[0] === "conversation" || at.some((part) => part.endsWith("[]") || part === "arrives" || part === "causes");
    return [
      {
        path: at,
        type: typeOf(field),
        description: field.description ?? "",
        fallback: field.default,
        choices,
        isForFiles,
      },
    ];
  });
}

function typeOf(field: AnySchema): ScenarioField["type"] {
  if (field.anyOf?.some(({ type }) => type === "array")) return "list";
  if (field.type === "array")
    return field.items?.type === "integer" || field.items?.type === "number" ? "numbers" : "list";
  if (field.type === "object") return "record";
  if (field.type === "integer" || field.type === "number") return "number";
  return field.type === "boolean" ? "boolean" : "string";
}
