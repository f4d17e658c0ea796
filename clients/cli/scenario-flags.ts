/** Flags are another way to write a scenario: made from its schema, so that a new field is a new flag by itself. */
import { type Command, InvalidArgumentError, Option } from "commander";
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
};
/** Blocks whose fields are flags without the block's name: search.width is --width. */
const unnamedBlocks: readonly string[] = ["search"];

/** The flag of a field: push.interval is --push-interval. */
export function flagOf({ path }: ScenarioField): string {
  const name = (unnamedBlocks.includes(path[0] ?? "") ? path.slice(1) : path).map((part) => singular[part] ?? part).join("-");
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

const append = <T>(parse: (text: string) => T) => {
  return (text: string, before: T[] | undefined): T[] => [...(before ?? []), parse(text)];
};

function optionOf(field: ScenarioField): Option {
  const value = field.choices.length > 0 ? field.choices.join("|") : placeholders[field.type];
  const fallback = field.fallback === undefined ? "" : ` (default ${field.fallback})`;
  const repeatable = field.type === "list" || field.type === "numbers" || field.type === "record" ? ", may be repeated" : "";
  const option = new Option(field.type === "boolean" ? flagOf(field) : `${flagOf(field)} <${value}>`, `${field.description}${repeatable}${fallback}`);
  if (field.type === "number") option.argParser(parseNumber);
  else if (field.type === "numbers") option.argParser(parseNumbers);
  else if (field.type === "list" || field.type === "record") option.argParser(append((text) => text));
  return option;
}

/** Adds a flag for every field of a kind. */
export function addScenarioFlags(command: Command, kind: ScenarioKind): Command {
  for (const field of scenarioFields(kind)) command.addOption(optionOf(field));
  return command;
}

/** The part of a scenario that the flags say; only what was given. */
export function scenarioFromFlags(kind: ScenarioKind, flags: Record<string, unknown>): Record<string, unknown> {
  const scenario: Record<string, unknown> = { kind };
  for (const field of scenarioFields(kind)) {
    const name = optionOf(field).attributeName();
    const value = flags[name];
    if (value === undefined) continue;
    const given = field.type === "record" ? headersOf(value as string[]) : value;
    let at = scenario;
    for (const part of field.path.slice(0, -1)) {
      at[part] ??= {};
      at = at[part] as Record<string, unknown>;
    }
    at[field.path.at(-1)!] = given;
  }
  return scenario;
}

/** "Name: value" lines, a name given again as a list; one without a colon keeps an empty name, which the validation then reports. */
function headersOf(lines: string[]): Record<string, string | string[]> {
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const [name, value] = colon < 1 ? [line, ""] : [line.slice(0, colon).trim(), trimBlanks(line.slice(colon + 1))];
    headers.set(name, [...(headers.get(name) ?? []), value]);
  }
  return Object.fromEntries([...headers].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]));
}

/** Blanks around a value are no part of it; a line break at its end is not to be lost, but refused. */
const trimBlanks = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, "");

/** Flags laid over a scenario from a file: blocks are merged field by field, everything else is replaced. */
export function overlay(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const result = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const before = result[name];
    const isBlock = (block: unknown): block is Record<string, unknown> => typeof block === "object" && block !== null && !Array.isArray(block);
    result[name] = isBlock(before) && isBlock(value) ? overlay(before, value) : value;
  }
  return result;
}
