/** What is wrong with the limits of a scenario, in sentences; the schema alone would show its patterns. */
import { limitPattern, limitText, mostLimits, parseLimit } from "../limit.ts";
import type { Problem } from "./problem-bounds.ts";

const known = ["limit", "abort", "after"];

/** Whether a problem that the schema found is told here, in words. */
export const isToldAsLimit = ({ field }: Problem): boolean => /^limits\.\d/.test(field);

export function limitProblems({ kind, limits }: Record<string, unknown>): Problem[] {
  // More than the schema allows are refused by it: none is read.
  if (!Array.isArray(limits) || limits.length > mostLimits) return [];
  return limits.flatMap((limit: unknown, index) => {
    const field = `limits.${index}`;
    return [...blockProblems(limit, field), ...textProblems(limitText(limit), field, kind)];
  });
}

function blockProblems(limit: unknown, field: string): Problem[] {
  if (typeof limit !== "object" || limit === null || Array.isArray(limit)) return [];
  const { abort, after } = limit as { abort?: unknown; after?: unknown };
  const unknown = Object.keys(limit).filter((name) => !known.includes(name));
  return [
    ...unknown.map(
      (name): Problem => ({ field: `${field}.${name}`, text: `unknown field; known: ${known.join(", ")}` }),
    ),
    ...(abort === undefined || typeof abort === "boolean"
      ? []
      : [{ field: `${field}.abort`, text: "expected true or false" }]),
    ...(after === undefined || abort !== false
      ? []
      : [{ field: `${field}.after`, text: "expected no time with a limit that does not stop the run" }]),
  ];
}

function textProblems(text: unknown, field: string, kind: unknown): Problem[] {
  const wanted = `expected "FIGURE <= NUMBER" or "FIGURE >= NUMBER"`;
  if (typeof text !== "string") return [{ field, text: `${wanted}, or a block {limit, abort, after}` }];
  try {
    const { abortAfterMs } = parseLimit(text);
    if (!new RegExp(limitPattern).test(text)) return [{ field, text: `${wanted} with a plain number, got "${text}"` }];
    // A search ends its trials itself, and a pipeline is over when its command is.
    const endsItself = kind === "capacity" || kind === "pipeline";
    return abortAfterMs !== undefined && endsItself
      ? [{ field, text: `expected a limit that does not stop the run with kind ${kind}` }]
      : [];
  } catch (error) {
    return [{ field, text: (error as Error).message }];
  }
}
