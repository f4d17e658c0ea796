/** Values a connection extracts from a message and keeps: `json:PATH`, or `text:REGEX` with one group. */
import type { ConnectionValues } from "../../plan/values/connection-values.ts";
import { valueAt } from "../json-place.ts";
import type { Incoming } from "./incoming.ts";

type Reader = (incoming: Incoming) => string | null;

export class Taking {
  readonly #readers: [string, Reader][];
  readonly #values: ConnectionValues;

  constructor(take: Record<string, string>, values: ConnectionValues) {
    this.#values = values;
    this.#readers = Object.entries(take).map(([name, from]) => [
      name,
      from.startsWith("json:") ? readJson(from.slice(5)) : readText(from.slice(5)),
    ]);
  }

  take(slot: number, incoming: Incoming): void {
    for (const [name, read] of this.#readers) {
      const value = read(incoming);
      if (value !== null) this.#values.take(name, slot, Buffer.from(value));
    }
  }
}

function readJson(field: string): Reader {
  const path = field.split(".");
  return (incoming) => {
    const value = valueAt(incoming.json(), path);
    return value === undefined || value === null ? null : typeof value === "string" ? value : JSON.stringify(value);
  };
}

function readText(pattern: string): Reader {
  const regex = new RegExp(pattern);
  return (incoming) => regex.exec(incoming.view.toString("utf8"))?.[1] ?? null;
}
