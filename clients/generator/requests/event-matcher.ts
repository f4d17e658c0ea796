/** Whether an event of a stream is the one that is looked for. Only a match by JSON allocates. */
import type { EventMatch } from "../../scenario/event-match.ts";

export class EventMatcher {
  readonly #match: EventMatch;
  readonly #text: Buffer;

  constructor(match: EventMatch) {
    this.#match = match;
    this.#text = Buffer.from(match.by === "data" ? match.text : "");
  }

  /** `name`: the event's own, empty where it has none; `bytes` from `start` to `end`: its data. */
  matches(name: string, bytes: Buffer, start: number, end: number): boolean {
    const match = this.#match;
    switch (match.by) {
      case "data":
        return end - start === this.#text.length && bytes.compare(this.#text, 0, this.#text.length, start, end) === 0;
      case "name":
        return name === match.name;
      case "json":
        return hasField(bytes.toString("utf8", start, end), match.path, match.value);
    }
  }
}

function hasField(text: string, path: readonly string[], value: string | null): boolean {
  let at: unknown;
  try {
    at = JSON.parse(text);
  } catch {
    return false;
  }
  for (const part of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return false;
    at = (at as Record<string, unknown>)[part];
  }
  return value === null ? at !== null && at !== false : String(at) === value;
}
