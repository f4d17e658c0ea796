/**
 * How the events of a stream are recognised: by their data, by their name, or by a field of the JSON they carry. Pure.
 */
import { type Problem, parseProblem } from "./problems/problem-bounds.ts";
import { parseTokenPlace } from "./token-place.ts";

/** What an event must be. `value` null: the field need only be there, and be neither false nor null. */
export type EventMatch =
  | { by: "data"; text: string }
  | { by: "name"; name: string }
  | { by: "json"; path: string[]; value: string | null };

/** What a stream ends with: an event, or the end of its body. */
export type StreamEnd = EventMatch | { by: "body" };

const forms = "data:TEXT, event:NAME, json:FIELD, json:FIELD=VALUE";

/**
 * Parses "event:error", "json:done=true", "data: [DONE]"; a text that names no form is the data itself. Throws a
 * sentence.
 */
export function parseEventMatch(text: string): EventMatch {
  const [, form, rest = ""] = /^(data|event|json):\s?([\s\S]*)$/.exec(text) ?? [];
  if (form === undefined) {
    if (text === "") throw new Error(`expected ${forms}, got an empty text`);
    return { by: "data", text };
  }
  if (rest === "") throw new Error(`expected ${forms}, got "${text}"`);
  if (form === "data") return { by: "data", text: rest };
  if (form === "event") return { by: "name", name: rest };
  const equals = rest.indexOf("=");
  const path = (equals < 0 ? rest : rest.slice(0, equals)).split(".");
  if (path.some((part) => part === ""))
    throw new Error(`expected a field such as done or choices.0.finish_reason after json:, got "${text}"`);
  return { by: "json", path, value: equals < 0 ? null : rest.slice(equals + 1) };
}

/** Parses what {@link parseEventMatch} takes, and "body" for the end of the body. */
export const parseStreamEnd = (text: string): StreamEnd => (text === "body" ? { by: "body" } : parseEventMatch(text));

/** What the events of streams are recognised by. */
export function eventProblems({ kind, ends, fails, tokens, streams }: Record<string, unknown>): Problem[] {
  const of = (block: { ends?: unknown; fails?: unknown; tokens?: unknown }, at: string): Problem[] => [
    ...parseProblem(`${at}ends`, block.ends, parseStreamEnd),
    ...parseProblem(`${at}tokens`, block.tokens, parseTokenPlace),
    ...(block.fails === "none" ? [] : parseProblem(`${at}fails`, block.fails, parseEventMatch)),
  ];
  if (kind === "streams") return of({ ends, fails, tokens }, "");
  return kind === "capacity" && typeof streams === "object" && streams !== null ? of(streams, "streams.") : [];
}
