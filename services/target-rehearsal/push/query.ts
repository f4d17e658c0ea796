/** A connection's push query: from /push and /events, or the line on the raw TCP port. */
export interface PushQuery {
  readonly intervalMs: number;
  readonly bytes: number;
  readonly timing: "burst" | "spread";
  readonly group: number;
  readonly written: boolean;
}

export function integer(
  parameters: URLSearchParams,
  name: string,
  fallback: number,
  minimum: number,
  maximum: number,
): number {
  const text = parameters.get(name);
  if (text === null) return fallback;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= minimum && value <= maximum) return value;
  throw new RangeError(`${name}: expected ${minimum} to ${maximum}, got ${JSON.stringify(text)}`);
}

function word<W extends string>(parameters: URLSearchParams, name: string, words: readonly [W, ...W[]]): W {
  const text = parameters.get(name) ?? words[0];
  const found = words.find((each) => each === text);
  if (found !== undefined) return found;
  throw new RangeError(`${name}: expected ${words.join(" or ")}, got ${JSON.stringify(text)}`);
}

/**
 * Parses a query string without its question mark. Throws a RangeError whose message is the sentence of a 400 response.
 */
export function readQuery(text: string): PushQuery {
  const parameters = new URLSearchParams(text);
  return {
    intervalMs: integer(parameters, "intervalMs", 10_000, 10, 3_600_000),
    bytes: integer(parameters, "bytes", 100, 32, 1_048_576),
    timing: word(parameters, "timing", ["burst", "spread"]),
    group: integer(parameters, "group", 0, 0, 0xffff_ffff),
    written: word(parameters, "written", ["1", "0"]) === "1",
  };
}
