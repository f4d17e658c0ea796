/** Where the events of a stream tell of tokens, and how they are counted there. Pure. */
const ways = ["total", "each", "text"] as const;

/**
 * `total`: a number, how many the stream has had so far, of which the largest counts; `each`: a number of the event
 * alone; `text`: a text that is not empty is one token.
 */
export interface TokenPlace {
  path: string[];
  counts: (typeof ways)[number];
}

/** Parses "json:usage.completion_tokens" or "json:choices.0.delta.content,text". Throws a sentence. */
export function parseTokenPlace(text: string): TokenPlace {
  const [, field = "", way = "total"] = /^json:([^,]*)(?:,(.*))?$/.exec(text) ?? [];
  const path = field.split(".");
  const counts = ways.find((known) => known === way);
  if (counts === undefined || path.includes(""))
    throw new Error(
      `expected json:FIELD, json:FIELD,each or json:FIELD,text, with a field such as usage.completion_tokens, got "${text}"`,
    );
  return { path, counts };
}
