/**
 * How requests are checked: against the same schemas the API document is made from, with no coercion and nothing dropped. (By default
 * the framework turns "12" into 12 and removes fields it does not know.) Every problem is told at once, each with the field's name.
 */
import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import Value from "typebox/value";
import type { Problem } from "../../../clients/scenario/problem.ts";
import { invalid } from "./problem.ts";

/** How the parts of a request are called in a problem. */
const partNames: Readonly<Record<string, string>> = { body: "body", querystring: "query", params: "path", headers: "header" };

/** A path in words; an empty name shows as "". */
const named = (names: readonly string[]): string => names.map((name) => (name === "" ? '""' : name)).join(".");

/** Every way a value breaks a schema. `part`: body, query, path or header. */
export function problemsOf(schema: TSchema, value: unknown, part: string): Problem[] {
  const problems = new Map<string, Problem>();
  for (const error of Value.Errors(schema, value)) {
    const path = error.instancePath.split("/").filter(Boolean);
    const at = (names: string[]): string => (names.length === 0 ? part : part === "body" ? named(names) : `${part} ${named(names)}`);
    if (error.keyword === "additionalProperties") {
      for (const name of (error.params as { additionalProperties: string[] }).additionalProperties)
        problems.set(at([...path, name]), { field: at([...path, name]), text: "unknown field" });
    } else if (error.keyword === "required") {
      for (const name of (error.params as { requiredProperties: string[] }).requiredProperties)
        problems.set(at([...path, name]), { field: at([...path, name]), text: "expected a value, got nothing" });
    } else if (!problems.has(at(path)) && error.keyword !== "boolean") problems.set(at(path), { field: at(path), text: error.message });
  }
  return [...problems.values()];
}

export const strictValidator: FastifySchemaCompiler<unknown> = ({ schema, httpPart }) => {
  const part = partNames[httpPart ?? "body"] ?? "body";
  return (value: unknown) => {
    const problems = problemsOf(schema as TSchema, value ?? {}, part);
    return problems.length === 0 ? { value } : { error: invalid(problems) };
  };
};
