/**
 * The template values of a shard's connections: one cursor that is moved to a connection before its templates are
 * filled. A connection keeps only its row and what it extracted from the target's messages.
 */
import type { ClockOffset } from "../../measure/clock.ts";
import { seededRandom } from "../../measure/statistics/seeded-random.ts";
import { isBuiltIn } from "../../scenario/template.ts";
import { connectionNumber } from "../shard.ts";
import { DataRows, type WireRows } from "./data-rows.ts";
import { FillBuffer } from "./fill-buffer.ts";
import { type Encoding, Template, type ValueSource } from "./template.ts";

/** The values in a shard's plan; plain data. */
export interface ValuesPlan {
  vars: Record<string, string>;
  /** The rows of this shard's slots in order, only the columns used; null without a data file. */
  data: WireRows | null;
  /** Seed for values that are random but constant per connection. */
  seed: number;
}

export const noValues: ValuesPlan = { vars: {}, data: null, seed: 0 };

const letters = "abcdefghijklmnopqrstuvwxyz0123456789";

export class ConnectionValues implements ValueSource {
  readonly buffer = new FillBuffer();
  /** The connection that templates are filled in for. */
  slot = 0;
  index = 0;
  group = "all";
  /** The message that templates are filled in for; `sentNs` is CLOCK_MONOTONIC. */
  message = 0;
  sequence = 0;
  sentNs = 0;
  /** Offset for realtime instants; kept current by the engine. */
  offset: ClockOffset = { seconds: 0, nanoseconds: 0 };
  readonly #place: { shard: number; shards: number };
  /** The name of a slot's group. */
  groupOf: (slot: number) => string = () => "all";
  readonly #data: DataRows | null;
  readonly #columns: Map<string, number>;
  readonly #vars: Map<string, Template>;
  readonly #varSeeds: Map<string, number>;
  readonly #taken = new Map<string, (Buffer | undefined)[]>();
  readonly #seed: number;
  #random: () => number = Math.random;

  constructor(
    plan: { vars: Record<string, string>; data: WireRows | DataRows | null; seed: number },
    place: { shard: number; shards: number },
  ) {
    this.#place = place;
    this.#seed = plan.seed;
    this.#data = plan.data === null || plan.data instanceof DataRows ? plan.data : DataRows.fromWire(plan.data);
    this.#columns = new Map(this.#data?.columns.map((name, column) => [name, column]));
    this.#vars = new Map(Object.entries(plan.vars).map(([name, text]) => [name, new Template(text, this, "raw")]));
    this.#varSeeds = new Map(Object.keys(plan.vars).map((name, index) => [name, Math.imul(index + 1, 0x9e3779b1)]));
  }

  /** Moves to a connection. */
  at(slot: number): this {
    this.slot = slot;
    this.index = connectionNumber(slot, this.#place.shard, this.#place.shards);
    this.group = this.groupOf(slot);
    return this;
  }

  /** Compiles a template with these values. Throws a sentence when the text is invalid. */
  template(text: string, encoding: Encoding = "raw"): Template {
    return new Template(text, this, encoding);
  }

  /** Stores what a connection extracted from a message; undefined clears it. */
  take(name: string, slot: number, value: Buffer | undefined): void {
    let column = this.#taken.get(name);
    if (column === undefined) {
      column = [];
      this.#taken.set(name, column);
    }
    column[slot] = value;
  }

  put(name: string, argument: string): void {
    if (isBuiltIn(name)) return this.#putBuiltIn(name, argument);
    const variable = this.#vars.get(name);
    if (variable !== undefined) return this.#putVariable(name, variable);
    const taken = this.#taken.get(name)?.[this.slot];
    if (taken !== undefined) return this.buffer.putBytes(taken, 0, taken.length);
    const column = this.#columns.get(name);
    if (column === undefined || this.#data === null) return; // Extracted later, or not at all: empty until then.
    const row = this.slot % this.#data.count;
    this.buffer.putBytes(this.#data.bytes, this.#data.start(row, column), this.#data.end(row, column));
  }

  #putBuiltIn(
    name: "index" | "group" | "message" | "sequence" | "sentNs" | "sentMs" | "uuid" | "random",
    argument: string,
  ): void {
    switch (name) {
      case "index":
      case "message":
      case "sequence":
        return this.buffer.putText(String(this[name]));
      case "group":
        return this.buffer.putText(this.group);
      case "sentNs":
      case "sentMs":
        return this.buffer.putText(this.#sent(name === "sentNs" ? 1 : 1e6, argument === "monotonic"));
      case "uuid":
        return this.buffer.putText(uuid(this.#random));
      case "random":
        return this.buffer.putText(randomText(Number(argument), this.#random));
    }
  }

  /** The instant of the message in whole units; nanoseconds since 1970 do not fit a double. */
  #sent(unitNs: number, isMonotonic: boolean): string {
    if (isMonotonic) return String(Math.floor(this.sentNs / unitNs));
    const ns = BigInt(Math.floor(this.sentNs + this.offset.nanoseconds)) + BigInt(this.offset.seconds) * 1_000_000_000n;
    return String(ns / BigInt(unitNs));
  }

  /** A variable is constant per connection: its random parts are derived from the connection's number. */
  #putVariable(name: string, variable: Template): void {
    const outer = this.#random;
    this.#random = seededRandom((this.#seed ^ (this.#varSeeds.get(name) ?? 0)) + Math.imul(this.index + 1, 0x85ebca6b));
    variable.append();
    this.#random = outer;
  }

  number(name: string): number {
    if (name === "index" || name === "message" || name === "sequence") return this[name];
    if (name === "sentNs") return this.sentNs;
    const from = this.buffer.length;
    this.put(name, "");
    const value = Number(this.buffer.bytes.toString("latin1", from, this.buffer.length));
    this.buffer.length = from;
    return Number.isFinite(value) ? Math.trunc(value) : 0;
  }

  /** A value of the current connection as text. */
  text(name: string): string {
    const from = this.buffer.length;
    this.put(name, "");
    const text = this.buffer.bytes.toString("utf8", from, this.buffer.length);
    this.buffer.length = from;
    return text;
  }
}

function randomText(length: number, random: () => number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += letters[Math.floor(random() * letters.length)];
  return text;
}

/** A random UUID (RFC 9562, version 4). */
function uuid(random: () => number): string {
  const digits = Array.from({ length: 32 }, (_, i) =>
    (i === 12 ? 4 : i === 16 ? 8 + Math.floor(random() * 4) : Math.floor(random() * 16)).toString(16),
  );
  return digits.join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
