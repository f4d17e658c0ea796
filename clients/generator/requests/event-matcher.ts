/** Tests whether a stream event is the one looked for. Only JSON matches allocate. */
import type { EventMatch } from "../../scenario/event-match.ts";
import { valueAt } from "../json-place.ts";

export class EventMatcher {
  readonly #match: EventMatch;
  readonly #text: Buffer;

  constructor(match: EventMatch) {
    this.#match = match;
    this.#text = Buffer.from(match.by === "data" ? match.text : "");
  }

  /** `name`: the event's name, empty when it has none; `bytes` from `start` to `end`: its data. */
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
  let found: unknown;
  try {
    found = valueAt(JSON.parse(text), path);
  } catch {
    return false;
  }
  if (found === undefined) return false;
  return value === null ? found !== null && found !== false : String(found) === value;
}
