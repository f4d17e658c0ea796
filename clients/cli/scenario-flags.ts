/** Flags are another way to write a scenario: made from its schema, so that a new field is a new flag by itself. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { isBlock } from "../scenario/block.ts";
import { type ScenarioField, scenarioFields } from "../scenario/fields.ts";
import type { ScenarioKind } from "../scenario/schema.ts";

/** Lists are given one value at a time, by a flag in the singular. */
const singular: Record<string, string> = {
  limits: "limit",
  headers: "header",
  sources: "source",
  subprotocols: "subprotocol",
  tags: "tag",
  goals: "goal",
  paths: "path",
  variants: "variant",
  topics: "topic",
  vars: "var",
  stages: "stage",
};
/** Fields whose flag is not their path. */
const ownNames: Record<string, string> = {
  "data.file": "--data",
  "mqtt.version": "--mqtt-version",
  "tls.serve": "--tls",
  "reconnect.after": "--reconnect",
};
/** Blocks whose fields are flags without the block's name: search.width is --width. */
const unnamedBlocks: readonly string[] = ["search", "mqtt", "streams"];

/** Blocks inside them that keep the name: without it their flags would be those of another block. */
const named: readonly string[] = ["mqtt.publish"];

/** The flag of a field: push.interval is --push-interval. */
export function flagOf({ path }: ScenarioField): string {
  const own = ownNames[path.join(".")];
  if (own !== undefined) return own;
  const isUnnamed = unnamedBlocks.includes(path[0] ?? "") && !named.includes(path.slice(0, 2).join("."));
  const name = (isUnnamed ? path.slice(1) : path).map((part) => singular[part] ?? part).join("-");
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

const placeholders: Record<ScenarioField["type"], string> = {
  string: "TEXT",
  number: "N",
  boolean: "",
  list: "TEXT",
  numbers: "N,N,...",
  record: "'NAME: VALUE'",
};

/** A number; "5000/s" is one too, where a rate per second is asked for. */
function parseNumber(text: string): number {
  const value = Number(text.replace(/_/g, "").replace(/\/s$/, ""));
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError("expected a number.");
  return value;
}

/** "10,50,100", or "users=10,50,100" for what is swept. */
function parseNumbers(text: string, before: number[] | undefined): number[] {
  return [
    ...(before ?? []),
    ...text
      .replace(/^[a-z]+=/, "")
      .split(",")
      .map(parseNumber),
  ];
}

function parseBoolean(text: string): boolean {
  if (text !== "true" && text !== "false") throw new InvalidArgumentError("expected true or false.");
  return text === "true";
}

const append = <T>(parse: (text: string) => T) => {
  return (text: string, before: T[] | undefined): T[] => [...(before ?? []), parse(text)];
};

function optionOf(field: ScenarioField): Option {
  const value = field.choices.length > 0 ? field.choices.join("|") : placeholders[field.type];
  const fallback = field.fallback === undefined ? "" : ` (default ${field.fallback})`;
  const repeatable =
    field.type === "list" || field.type === "numbers" || field.type === "record" ? ", may be repeated" : "";
  // What is so unless it is said otherwise needs a value to say it with.
  const isSwitch = field.type === "boolean" && field.fallback !== true;
  const option = new Option(
    isSwitch ? flagOf(field) : `${flagOf(field)} <${value || "true|false"}>`,
    `${field.description}${repeatable}${fallback}`,
  );
  if (field.type === "number") option.argParser(parseNumber);
  else if (field.type === "boolean" && !isSwitch) option.argParser(parseBoolean);
  else if (field.type === "numbers") option.argParser(parseNumbers);
  else if (field.type === "list" || field.type === "record") option.argParser(append((text) => text));
  return option;
}

/** The fields that a command line can say. */
const flagFields = (kind: ScenarioKind): ScenarioField[] =>
  scenarioFields(kind).filter(({ isForFiles }) => !isForFiles);

/** Adds a flag for every such field of a kind. */
export function addScenarioFlags(command: Command, kind: ScenarioKind): Command {
  for (const field of flagFields(kind)) command.addOption(optionOf(field));
  return command;
}

/** The part of a scenario that the flags say; only what was given. */
export function scenarioFromFlags(kind: ScenarioKind, flags: Record<string, unknown>): Record<string, unknown> {
  const scenario: Record<string, unknown> = { kind };
  for (const field of flagFields(kind)) {
    const name = optionOf(field).attributeName();
    const value = flags[name];
    if (value === undefined) continue;
    const given = field.type === "record" ? namedValues(value as string[]) : value;
    let at = scenario;
    for (const part of field.path.slice(0, -1)) {
      at[part] ??= {};
      at = at[part] as Record<string, unknown>;
    }
    at[field.path.at(-1)!] = given;
  }
  return scenario;
}

/**
 * "Name: value" or "name=value" lines, a name given again as a list; one without either sign keeps an empty value,
 * which the validation then reports.
 */
function namedValues(lines: string[]): Record<string, string | string[]> {
  const named = new Map<string, string[]>();
  for (const line of lines) {
    const sign = line.search(/[:=]/);
    const [name, value] = sign < 1 ? [line, ""] : [line.slice(0, sign).trim(), trimBlanks(line.slice(sign + 1))];
    named.set(name, [...(named.get(name) ?? []), value]);
  }
  return Object.fromEntries([...named].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]));
}

/** Blanks around a value are no part of it; a line break at its end is not to be lost, but refused. */
const trimBlanks = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, "");

/** Flags laid over a scenario from a file: blocks are merged field by field, everything else is replaced. */
export function overlay(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const result = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const before = result[name];
    result[name] = isBlock(before) && isBlock(value) ? overlay(before, value) : value;
  }
  return result;
}
