/**
 * A compiled matcher. It first searches for the bytes a message must contain, so that messages that cannot match are
 * never parsed.
 */
import type { ConnectionValues } from "../../plan/values/connection-values.ts";
import type { Template } from "../../plan/values/template.ts";
import type { Matcher } from "../../scenario/fields/conversation-schema.ts";
import { valueAt } from "../json-place.ts";
import type { Incoming } from "./incoming.ts";

/** Placeholder for the id of the message that is answered. */
const idTemplate = "{{message}}";
const anyValue = "*";
const unicodeEscape = Buffer.from("\\u");

interface JsonRule {
  path: string[];
  /** The required value: a constant, a template filled in for the connection, a message id, or anything. */
  expects:
    | { kind: "constant"; value: unknown }
    | { kind: "template"; template: Template }
    | { kind: "id" }
    | { kind: "any" };
}
type Rule = (incoming: Incoming, slot: number) => boolean;

export class MessageMatcher {
  /** The message id found by the last match; -1 when the message carried none. */
  id = -1;
  /** Whether the matcher identifies messages by id. */
  readonly bindsId: boolean;
  readonly #rules: Rule[] = [];
  readonly #values: ConnectionValues;

  /** Throws a sentence when one of its templates is invalid. */
  constructor(matcher: Matcher, values: ConnectionValues) {
    this.#values = values;
    const { text, starts, contains, json, binary, at = 0, opcode } = matcher;
    if (opcode !== undefined) this.#rules.push(({ isBinary }) => isBinary === (opcode === "binary"));
    if (binary !== undefined) this.#rules.push(bytesAt(Buffer.from(binary, "hex"), at));
    if (text?.includes(idTemplate)) this.#rules.push(this.#textWithId(text));
    else if (text !== undefined)
      this.#rules.push(
        this.#filled(
          text,
          (incoming, bytes) => incoming.end - incoming.start === bytes.length && incoming.startsWith(bytes),
        ),
      );
    if (starts !== undefined) this.#rules.push(this.#filled(starts, (incoming, bytes) => incoming.startsWith(bytes)));
    if (contains !== undefined)
      this.#rules.push(this.#filled(contains, (incoming, bytes) => incoming.view.includes(bytes)));
    const rules = json === undefined ? [] : jsonRules(json, values);
    if (rules.length > 0) this.#rules.push(this.#json(rules));
    this.bindsId = text?.includes(idTemplate) === true || rules.some(({ expects }) => expects.kind === "id");
  }

  matches(incoming: Incoming, slot: number): boolean {
    this.id = -1;
    for (const rule of this.#rules) if (!rule(incoming, slot)) return false;
    return true;
  }

  #filled(text: string, holds: (incoming: Incoming, bytes: Buffer) => boolean): Rule {
    const template = this.#values.template(text);
    return (incoming, slot) => {
      if (!template.isConstant) this.#values.at(slot);
      return holds(incoming, template.fill());
    };
  }

  #textWithId(text: string): Rule {
    const at = text.indexOf(idTemplate);
    const before = this.#values.template(text.slice(0, at));
    const after = this.#values.template(text.slice(at + idTemplate.length));
    return (incoming, slot) => {
      this.#values.at(slot);
      const head = before.fill();
      if (!incoming.startsWith(head)) return false;
      const from = incoming.start + head.length;
      const tail = after.fill();
      const to = incoming.end - tail.length;
      if (to <= from || incoming.bytes.compare(tail, 0, tail.length, to, incoming.end) !== 0) return false;
      return this.#takeId(incoming.bytes.toString("latin1", from, to));
    };
  }

  #json(rules: readonly JsonRule[]): Rule {
    const needles = rules.flatMap(needlesOf);
    return (incoming, slot) => {
      const { view } = incoming;
      if (needles.some((needle) => !view.includes(needle)) && !view.includes(unicodeEscape)) return false;
      const value = incoming.json();
      return value !== undefined && rules.every((rule) => this.#holds(rule, value, slot));
    };
  }

  #holds({ path, expects }: JsonRule, json: unknown, slot: number): boolean {
    const value = valueAt(json, path);
    switch (expects.kind) {
      case "any":
        return value !== undefined;
      case "constant":
        return value === expects.value;
      case "id":
        return this.#takeId(value);
      case "template":
        this.#values.at(slot);
        return value !== undefined && String(value) === expects.template.text();
    }
  }

  #takeId(value: unknown): boolean {
    const id =
      typeof value === "number"
        ? value
        : typeof value === "string" && /^[0-9]{1,16}$/.test(value)
          ? Number(value)
          : Number.NaN;
    if (!Number.isSafeInteger(id)) return false;
    this.id = id;
    return true;
  }
}

function bytesAt(bytes: Buffer, at: number): Rule {
  return (incoming) => {
    const from = incoming.start + at;
    return (
      from + bytes.length <= incoming.end &&
      incoming.bytes.compare(bytes, 0, bytes.length, from, from + bytes.length) === 0
    );
  };
}

/** The rules of a block; nested blocks and dotted names both become paths. */
function jsonRules(block: object, values: ConnectionValues, path: readonly string[] = []): JsonRule[] {
  return Object.entries(block).flatMap(([name, value]): JsonRule[] => {
    const at = [...path, ...name.split(".")];
    if (typeof value === "object" && value !== null) return jsonRules(value, values, at);
    if (value === anyValue) return [{ path: at, expects: { kind: "any" } }];
    if (value === idTemplate) return [{ path: at, expects: { kind: "id" } }];
    if (typeof value === "string" && value.includes("{{"))
      return [{ path: at, expects: { kind: "template", template: values.template(value) } }];
    return [{ path: at, expects: { kind: "constant", value } }];
  });
}

/** Bytes a message must contain for a rule to match, unless the peer writes letters as \u escapes. */
function needlesOf({ path, expects }: JsonRule): Buffer[] {
  const name = path.at(-1) ?? "";
  const needles = /^[0-9]+$/.test(name) ? [] : [Buffer.from(JSON.stringify(name))];
  // A slash may be escaped in JSON, so such a value cannot be searched for.
  if (expects.kind === "constant" && typeof expects.value === "string" && !expects.value.includes("/"))
    needles.push(Buffer.from(JSON.stringify(expects.value)));
  return needles;
}

/** A matcher as text for reports, with its templates left as written. */
export function describeMatcher(matcher: Matcher): string {
  const { text, starts, contains, json, binary, opcode } = matcher;
  const parts = [
    ...(text === undefined ? [] : [JSON.stringify(text)]),
    ...(starts === undefined ? [] : [`a message that starts with ${JSON.stringify(starts)}`]),
    ...(contains === undefined ? [] : [`a message with ${JSON.stringify(contains)}`]),
    ...(json === undefined ? [] : [JSON.stringify(json)]),
    ...(binary === undefined ? [] : [`bytes ${binary}`]),
    ...(opcode === undefined ? [] : [`a ${opcode} message`]),
  ];
  return parts.length === 0 ? "a message" : parts.join(" and ");
}
