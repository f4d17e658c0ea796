/**
 * How requests are checked: against the same schemas the API document is made from, with no coercion and nothing
 * dropped. (By default the framework turns "12" into 12 and removes fields it does not know.) Every problem is told at
 * once, each with the field's name.
 */
import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "#typebox";
import type { Problem } from "../../../clients/scenario/problems/problem-bounds.ts";
import { brokenRules } from "../../../clients/scenario/problems/schema-problems.ts";
import { invalid } from "./problem.ts";

/** How the parts of a request are called in a problem. */
const partNames: Readonly<Record<string, string>> = {
  body: "body",
  querystring: "query",
  params: "path",
  headers: "header",
};

/** A path in words; an empty name shows as "". */
const named = (names: readonly string[]): string => names.map((name) => (name === "" ? '""' : name)).join(".");

/** Every way a value breaks a schema. `part`: body, query, path or header. */
export function problemsOf(schema: TSchema, value: unknown, part: string): Problem[] {
  return brokenRules(schema, value).map(({ path, message }) => {
    const field = path.length === 0 ? part : part === "body" ? named(path) : `${part} ${named(path)}`;
    return { field, text: message };
  });
}

export const strictValidator: FastifySchemaCompiler<unknown> = ({ schema, httpPart }) => {
  const part = partNames[httpPart ?? "body"] ?? "body";
  return (value: unknown) => {
    const problems = problemsOf(schema as TSchema, value ?? {}, part);
    return problems.length === 0 ? { value } : { error: invalid(problems) };
  };
};
