/**
 * Where a push of somebody else's service carries the instant it was sent: `json:FIELD[,UNIT[,CLOCK]]` names a field by
 * its path ("data.sentAt", "1.sentAt" in a list), behind whatever stands before the first bracket; `text:REGEX` the one
 * group of a pattern, named by its unit where that is not ms ("at=(?<us>[0-9]+)"); `binary:OFFSET,TYPE[,UNIT[,CLOCK]]`
 * bytes of a binary message.
 */
export const stampUnits = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 } as const;
export const stampClocks = ["realtime", "monotonic"] as const;
/** Bytes of each binary type. */
export const stampTypes = { u32be: 4, u32le: 4, u64be: 8, u64le: 8, f64be: 8, f64le: 8 } as const;

type Clock = (typeof stampClocks)[number];
type StampType = keyof typeof stampTypes;

/**
 * `unitNs`: nanoseconds in one of the field's units. A JSON field may also hold an RFC 3339 instant, whatever its unit.
 */
export type StampLocation =
  | { kind: "holdfast" | "none" }
  | { kind: "json"; path: string[]; unitNs: number; clock: Clock }
  | { kind: "text"; pattern: RegExp; unitNs: number; clock: Clock }
  | { kind: "binary"; offset: number; type: StampType; unitNs: number; clock: Clock };

/**
 * Whether a `push.stamp` says where the stamp is: then a run in which no message has one has measured nothing of it.
 */
export const isStampNamed = (text: string): boolean => text !== "auto" && text !== "none";

const isIn = <K extends string>(word: string, words: readonly K[]): word is K =>
  (words as readonly string[]).includes(word);

/** Reads a `push.stamp`. Throws a sentence that says what was expected and what came. */
export function parseStampLocation(text: string): StampLocation {
  if (text === "auto" || text === "holdfast") return { kind: "holdfast" };
  if (text === "none") return { kind: "none" };
  const [kind = "", rest = ""] = [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 1)];
  if (kind === "text") return textLocation(rest, text);
  const parts = rest.split(",").map((part) => part.trim());
  if (kind === "json")
    return { kind, path: fieldPath(parts[0] ?? "", text), ...unitAndClock(parts.slice(1), text, "ms") };
  if (kind !== "binary")
    throw new Error(
      `expected auto, holdfast, none, json:FIELD[,UNIT,CLOCK], text:REGEX or binary:OFFSET,TYPE[,UNIT,CLOCK], got "${text}"`,
    );
  const [offset = "", type = "", ...tail] = parts;
  if (!/^[0-9]{1,8}$/.test(offset))
    throw new Error(`expected binary:OFFSET,TYPE with an offset in bytes such as 16, got "${offset}" in "${text}"`);
  const types = Object.keys(stampTypes) as StampType[];
  if (!isIn(type, types)) throw new Error(`expected a type of ${types.join(", ")}, got "${type}" in "${text}"`);
  return { kind, offset: Number(offset), type, ...unitAndClock(tail, text, "ns") };
}

/**
 * Where a message of a service that numbers its messages has its number, and with it the name of the channel that is
 * numbered.
 */
export type PlainLocation =
  | { kind: "json"; path: string[] }
  | { kind: "text"; pattern: RegExp }
  | { kind: "binary"; offset: number; type: StampType };

/**
 * Reads a `push.sequence` or `push.channel`: `json:FIELD`, `text:REGEX` with one group, `binary:OFFSET,TYPE`. Throws a
 * sentence when it is none.
 */
export function parsePlainLocation(text: string): PlainLocation {
  if (text.startsWith("text:")) return { kind: "text", pattern: onePattern(text.slice("text:".length), text).pattern };
  const location = /^(json:[^,]+|binary:[^,]+,[^,]+)$/.test(text) ? parseStampLocation(text) : null;
  if (location?.kind === "json") return { kind: "json", path: location.path };
  if (location?.kind === "binary") return { kind: "binary", offset: location.offset, type: location.type };
  throw new Error(`expected json:FIELD, text:REGEX with one group or binary:OFFSET,TYPE, got "${text}"`);
}

function textLocation(source: string, text: string): StampLocation {
  const { pattern, names } = onePattern(source, text);
  return { kind: "text", pattern, ...unitAndClock([names[0] ?? "ms"], text, "ms") };
}

/** A pattern that has one group, and the group's name where it has one. */
function onePattern(source: string, text: string): { pattern: RegExp; names: string[] } {
  let pattern: RegExp;
  try {
    pattern = new RegExp(source);
  } catch {
    throw new Error(`expected a regular expression after text:, got "${source}"`);
  }
  const found = new RegExp(`${source}|`).exec("");
  if ((found?.length ?? 0) !== 2) throw new Error(`expected one group in "${text}", as in text:at=([0-9]+)`);
  return { pattern, names: Object.keys(found?.groups ?? {}) };
}

function fieldPath(field: string, text: string): string[] {
  const path = field.split(".");
  if (path.some((part) => part === ""))
    throw new Error(`expected json:FIELD with a field such as sentAt or data.sentAt, got "${field}" in "${text}"`);
  return path;
}

function unitAndClock(
  parts: readonly string[],
  text: string,
  fallback: keyof typeof stampUnits,
): { unitNs: number; clock: Clock } {
  const [unit = fallback, clock = "realtime", ...more] = parts;
  const units = Object.keys(stampUnits) as (keyof typeof stampUnits)[];
  if (!isIn(unit, units)) throw new Error(`expected a unit of ${units.join(", ")}, got "${unit}" in "${text}"`);
  if (!isIn(clock, stampClocks))
    throw new Error(`expected a clock of ${stampClocks.join(", ")}, got "${clock}" in "${text}"`);
  if (more.length > 0) throw new Error(`expected nothing after the clock, got "${more.join(",")}" in "${text}"`);
  return { unitNs: stampUnits[unit], clock };
}
