/**
 * Request validation: against the same schemas the API document is generated from, without coercion and without
 * dropping anything. (By default the framework converts "12" to 12 and removes unknown fields.) All problems are
 * reported at once with their field names.
 */
import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "#typebox";
import type { Problem } from "../../../clients/scenario/problems/problem-bounds.ts";
import { brokenRules } from "../../../clients/scenario/problems/schema-problems.ts";
import { invalid } from "./problem.ts";

/** Names of the parts of a request in problems. */
const partNames: Readonly<Record<string, string>> = {
  body: "body",
  querystring: "query",
  params: "path",
  headers: "header",
};

/** A path as text; an empty name is shown as "". */
const named = (names: readonly string[]): string => names.map((name) => (name === "" ? '""' : name)).join(".");

/** Every violation of a schema by a value. `part`: body, query, path or header. */
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
