import { mostStreamEvents } from "../faults/kinds.ts";
import { integer } from "../push/query.ts";

/** Parameters of POST /stream; each is taken from the JSON body or, if absent there, from the query string. */
export interface TokenQuery {
  readonly events: number;
  readonly intervalMs: number;
  readonly jitterMs: number;
  readonly bytes: number;
}

/** Parses a request. Throws a RangeError whose message is the sentence of a 400 response. */
export function readTokenQuery(query: string, body: string): TokenQuery {
  const parameters = new URLSearchParams(query);
  for (const [name, value] of Object.entries(fieldsOf(body))) {
    // A body made for another server may have other fields.
    if (fields.includes(name)) parameters.set(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  return {
    events: integer(parameters, "events", 10, 0, mostStreamEvents),
    intervalMs: integer(parameters, "intervalMs", 100, 0, 3_600_000),
    jitterMs: integer(parameters, "jitterMs", 0, 0, 3_600_000),
    bytes: integer(parameters, "bytes", 16, 0, 65_536),
  };
}

const fields: readonly string[] = ["events", "intervalMs", "jitterMs", "bytes"];

function fieldsOf(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body === "" ? "{}" : body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    throw new RangeError("body: expected JSON");
  }
}
