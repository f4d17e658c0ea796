/**
 * Every way a value breaks a schema. Whether it does is one question and what to say another: a value that does not
 * pass has problems, whatever is left of them once they are put into words.
 */
import type { TSchema } from "#typebox";
import { Settings } from "#typebox/system";
import Value from "#typebox/value";

// The library stops collecting at a number of errors; what it has not collected still counts as broken below.
Settings.Set({ maxErrors: 1000 });

/** One rule that was broken: a field nobody knows, one that is missing, or one with a wrong value. */
export interface BrokenRule {
  rule: "unknown" | "missing" | "value";
  path: string[];
  message: string;
}

interface ObjectSchema {
  properties?: Record<string, ObjectSchema>;
  patternProperties?: unknown;
  additionalProperties?: unknown;
  maxItems?: number;
}

/** The rules a value breaks, each field once. Empty only when the value passes. */
export function brokenRules(schema: TSchema, value: unknown): BrokenRule[] {
  if (Value.Check(schema, value)) return [];
  const large: BrokenRule[] = [];
  // A library's list of errors is finite: what makes many is taken out first, so that it cannot crowd out what else is
  // wrong.
  const known = knownPart(schema as ObjectSchema, value, [], large);
  const others = new Map<string, BrokenRule>();
  const add = (rule: BrokenRule): void => {
    const key = rule.path.join("\0");
    if (!others.has(key)) others.set(key, rule);
  };
  for (const error of Value.Errors(schema, known)) {
    const path = error.instancePath.split("/").slice(1).map(unescaped);
    if (error.keyword === "required") {
      for (const name of (error.params as { requiredProperties: string[] }).requiredProperties)
        add({ rule: "missing", path: [...path, name], message: "expected a value, got nothing" });
    } else if (error.keyword === "additionalProperties") {
      for (const name of (error.params as { additionalProperties: string[] }).additionalProperties)
        add({ rule: "unknown", path: [...path, name], message: "unknown field" });
    } else if (error.keyword !== "boolean") add({ rule: "value", path, message: error.message });
  }
  const isUnknown = ({ rule }: BrokenRule): boolean => rule === "unknown";
  const strangers = large.filter(isUnknown);
  // What an unknown field was meant to be comes first; a flood of them comes last.
  const rules = [
    ...strangers.slice(0, strangersFirst),
    ...large.filter((rule) => !isUnknown(rule)),
    ...others.values(),
    ...strangers.slice(strangersFirst),
  ];
  return rules.length > 0 ? rules : [{ rule: "value", path: [], message: "expected what the schema describes" }];
}

const unescaped = (part: string): string => part.replaceAll("~1", "/").replaceAll("~0", "~");

/** So many unknown fields are told before anything else. */
const strangersFirst = 10;
/** Of a list that is too long, so many items are looked at. */
const itemsTold = 10;

/**
 * A value whose lists are at most one item longer than its schema allows: just as wrong, and looked through in no time.
 */
export function withShortLists(schema: unknown, value: unknown): unknown {
  const { properties, maxItems } = schema as ObjectSchema;
  if (Array.isArray(value))
    return maxItems !== undefined && value.length > maxItems ? value.slice(0, maxItems + 1) : value;
  if (properties === undefined || typeof value !== "object" || value === null) return value;
  const short = (name: string, inner: unknown): unknown =>
    Object.hasOwn(properties, name) ? withShortLists(properties[name], inner) : inner;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, short(name, inner)]));
}

/**
 * A value without what makes it large and wrong at once: the fields its closed objects do not know, and the rest of
 * lists that are too long; those go to `broken`. Goes as deep as the schema's own objects.
 */
function knownPart(schema: ObjectSchema, value: unknown, path: readonly string[], broken: BrokenRule[]): unknown {
  const { properties, patternProperties, additionalProperties, maxItems } = schema;
  if (Array.isArray(value) && maxItems !== undefined && value.length > maxItems) {
    broken.push({ rule: "value", path: [...path], message: `expected at most ${maxItems} items` });
    return value.slice(0, itemsTold);
  }
  if (properties === undefined || typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const isClosed = additionalProperties === false && patternProperties === undefined;
  const kept: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const at = [...path, name];
    if (Object.hasOwn(properties, name)) kept[name] = knownPart(properties[name] as ObjectSchema, inner, at, broken);
    else if (isClosed) broken.push({ rule: "unknown", path: at, message: "unknown field" });
    else kept[name] = inner;
  }
  return kept;
}
