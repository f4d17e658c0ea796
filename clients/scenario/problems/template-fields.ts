/**
 * Every field of a scenario that is a template: one list for the check of the scenario, for the check against the data
 * file, and for what is shipped to shards.
 */

import { type Block, blockOf, isBlock } from "../block.ts";
import { isBuiltIn, namesIn, numbersIn, parseTemplate, type TemplatePart } from "../template.ts";
import type { Problem } from "./problem-bounds.ts";

/** Where a template's text goes, which decides what its values may hold. */
export type TemplateUse = "url" | "header" | "subprotocol" | "sent" | "topic" | "file" | "variable";

export interface TemplateField {
  field: string;
  text: string;
  use: TemplateUse;
}

/** What of a scenario holds templates; loosely typed, as it may not have been checked yet. */
export interface Templated {
  target?: unknown;
  headers?: unknown;
  subprotocols?: unknown;
  subscribe?: unknown;
  paths?: unknown;
  body?: unknown;
  vars?: unknown;
  conversation?: unknown;
  publish?: unknown;
  groups?: unknown;
  mqtt?: unknown;
  tls?: unknown;
}

const textsIn = (value: unknown): [string, string][] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([name, text]): [string, string][] =>
        [text].flat().flatMap((each): [string, string][] => (typeof each === "string" ? [[name, each]] : [])),
      )
    : [];

function named(field: string, value: unknown, use: TemplateUse): TemplateField[] {
  if (typeof value === "string") return [{ field, text: value, use }];
  return textsIn(value).map(([name, text]) => ({ field: `${field}.${name}`, text, use }));
}

/** The templates of a scenario. */
export function templateFields(scenario: Templated): TemplateField[] {
  return [
    ...named("vars", scenario.vars, "variable"),
    ...named("target", scenario.target, "url"),
    ...named("headers", scenario.headers, "header"),
    ...named("subprotocols", scenario.subprotocols, "subprotocol"),
    ...named("subscribe", scenario.subscribe, "sent"),
    ...named("paths", scenario.paths, "url"),
    ...named("body", scenario.body, "sent"),
    ...spokenFields("", scenario),
    ...blocks("groups", scenario.groups).flatMap(([at, group]) => [
      ...named(`${at}.path`, group.path, "url"),
      ...named(`${at}.headers`, group.headers, "header"),
      ...named(`${at}.subprotocols`, group.subprotocols, "subprotocol"),
      ...named(`${at}.topics`, group.topics, "topic"),
      ...spokenFields(`${at}.`, group),
    ]),
    ...mqttFields(blockOf(scenario.mqtt)),
    ...named("tls.certificate", blockOf(scenario.tls).certificate, "file"),
    ...named("tls.key", blockOf(scenario.tls).key, "file"),
  ];
}

function mqttFields(mqtt: Block): TemplateField[] {
  const will = blockOf(mqtt.will);
  const publish = blockOf(mqtt.publish);
  return [
    ...named("mqtt.clientId", mqtt.clientId, "sent"),
    ...named("mqtt.user", mqtt.user, "sent"),
    ...named("mqtt.password", mqtt.password, "sent"),
    ...named("mqtt.topics", mqtt.topics, "topic"),
    ...named("mqtt.will.topic", will.topic, "topic"),
    ...named("mqtt.will.payload", will.payload, "sent"),
    ...named("mqtt.publish.topic", publish.topic, "topic"),
    ...named("mqtt.publish.payload", publish.payload, "sent"),
  ];
}

/** The blocks of a list, each with where it is. */
const blocks = (field: string, list: unknown): [string, Block][] =>
  Array.isArray(list)
    ? list.flatMap((value, index): [string, Block][] => (isBlock(value) ? [[`${field}.${index}`, value]] : []))
    : [];

/** What clients say and expect: of a scenario or of a group of it. */
function spokenFields(
  at: string,
  { conversation, publish }: { conversation?: unknown; publish?: unknown },
): TemplateField[] {
  const fields: TemplateField[] = isBlock(publish)
    ? [...messageFields(`${at}publish`, publish), ...named(`${at}publish.topic`, publish.topic, "topic")]
    : [];
  const reaches = isBlock(publish) && typeof publish.reaches === "string" ? publish.reaches : "all";
  // The value that publisher and receivers share is needed as in a template.
  if (reaches !== "all" && reaches !== "group" && !reaches.startsWith("group:"))
    fields.push({ field: `${at}publish.reaches`, text: `{{${reaches}}}`, use: "variable" });
  if (!isBlock(conversation)) return fields;
  fields.push(...named(`${at}conversation.farewell`, conversation.farewell, "sent"));
  for (const list of ["opening", "replies", "beats", "requests"]) {
    for (const [place, block] of blocks(`${at}conversation.${list}`, conversation[list]))
      fields.push(...messageFields(place, block));
  }
  return fields;
}

function messageFields(at: string, block: Block): TemplateField[] {
  const { send } = block;
  // Binary messages are bytes, whatever they look like.
  const sent = typeof send === "string" && !/^(hex|base64):/.test(send) ? named(`${at}.send`, send, "sent") : [];
  const matchers = ["expect", "when", "answer", "arrives"].flatMap((name) =>
    isBlock(block[name]) ? matcherFields(`${at}.${name}`, block[name]) : [],
  );
  return [...sent, ...matchers];
}

/** The templates in a matcher; those in its JSON wherever they are. */
function matcherFields(at: string, matcher: Block): TemplateField[] {
  const inside = (field: string, value: unknown): TemplateField[] => {
    if (typeof value === "string") return value.includes("{{") ? [{ field, text: value, use: "sent" }] : [];
    return typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([name, each]) => inside(`${field}.${name}`, each))
      : [];
  };
  return ["text", "starts", "contains", "json"].flatMap((name) => inside(`${at}.${name}`, matcher[name]));
}

/** The values that conversations take from messages: known to every template, empty until they are taken. */
export function namesTaken(scenario: Templated): string[] {
  const talking = [scenario, ...blocks("groups", scenario.groups).map(([, group]) => group)] as {
    conversation?: unknown;
  }[];
  return talking.flatMap(({ conversation }) => {
    if (!isBlock(conversation)) return [];
    const steps = ["opening", "replies"].flatMap((list) => blocks(list, conversation[list]).map(([, block]) => block));
    return steps.flatMap(({ take }) => (isBlock(take) ? Object.keys(take) : []));
  });
}

/** The parts of a template field; throws what {@link parseTemplate} throws. */
export const partsOf = ({ text }: TemplateField): TemplatePart[] => parseTemplate(text);

/**
 * What is wrong with the templates themselves, whatever a data file holds: their syntax, variables that need one
 * another, names that are taken.
 */
export function templateProblems(scenario: Templated): Problem[] {
  const problems: Problem[] = [];
  for (const field of templateFields(scenario)) {
    try {
      partsOf(field);
    } catch (error) {
      problems.push({ field: field.field, text: (error as Error).message });
    }
  }
  for (const [name] of textsIn(scenario.vars)) {
    if (isBuiltIn(name))
      problems.push({ field: `vars.${name}`, text: `expected a name other than a built-in value, got "${name}"` });
    else if (!/^[A-Za-z_][\w.]*(-[\w.]+)*$/.test(name))
      problems.push({ field: `vars.${name}`, text: "expected a name of letters, digits, _ . and -" });
  }
  return problems.length > 0 ? problems : circleProblems(Object.fromEntries(textsIn(scenario.vars)));
}

/** Variables that are made of themselves. */
function circleProblems(vars: Record<string, string>): Problem[] {
  const reaches = (name: string, goal: string, seen: Set<string>): boolean => {
    if (seen.has(name) || vars[name] === undefined) return false;
    seen.add(name);
    return namesIn(parseTemplate(vars[name])).some((next) => next === goal || reaches(next, goal, seen));
  };
  return Object.keys(vars)
    .filter((name) => reaches(name, name, new Set()))
    .map((name) => ({ field: `vars.${name}`, text: "expected a variable that does not refer to itself" }));
}

/** The values that all templates of a scenario name, variables followed; built-in ones left out. */
export function namesUsed(scenario: Templated): Set<string> {
  return new Set(
    templateFields(scenario).flatMap((field) => namesIn(partsOf(field)).filter((name) => !isBuiltIn(name))),
  );
}

/** The values with which a scenario computes. */
export function numbersUsed(scenario: Templated): Set<string> {
  return new Set(templateFields(scenario).flatMap((field) => numbersIn(partsOf(field))));
}
