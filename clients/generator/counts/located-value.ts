/** Reads the value at a location that a scenario names: a JSON field, the group of a pattern, or bytes at an offset. */
import { type Instant, readInstant } from "../../measure/instant.ts";
import { stampTypes } from "../../scenario/stamp-location.ts";
import { jsonEnd, jsonStart, valueAt } from "../json-place.ts";

const wholeNumber = /^[0-9]{1,19}$/;
const number = /^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$/;

/** The value at a path of the message's JSON; undefined when there is none. */
export function jsonAt(bytes: Buffer, start: number, end: number, path: readonly string[]): unknown {
  const begin = jsonStart(bytes, start, end);
  if (begin < 0) return undefined;
  try {
    return valueAt(JSON.parse(bytes.toString("utf8", begin, jsonEnd(bytes, begin, end))), path);
  } catch {
    return undefined;
  }
}

/** The text matched by the pattern's first group; undefined when the pattern does not match. */
export const groupAt = (bytes: Buffer, start: number, end: number, pattern: RegExp): string | undefined =>
  pattern.exec(bytes.toString("utf8", start, end))?.[1];

/** The number at a byte offset; null where the message is too short. */
export function numberAt(
  bytes: Buffer,
  start: number,
  end: number,
  { offset, type }: { offset: number; type: keyof typeof stampTypes },
): bigint | number | null {
  const at = start + offset;
  if (at + stampTypes[type] > end) return null;
  switch (type) {
    case "u32be":
      return bytes.readUInt32BE(at);
    case "u32le":
      return bytes.readUInt32LE(at);
    case "u64be":
      return bytes.readBigUInt64BE(at);
    case "u64le":
      return bytes.readBigUInt64LE(at);
    case "f64be":
      return bytes.readDoubleBE(at);
    case "f64le":
      return bytes.readDoubleLE(at);
  }
}

/**
 * Converts a value to an instant: a number, digits as a bigint (nanoseconds since 1970 do not fit a double), or a date
 * text; null when it is none of these.
 */
export function instantOf(value: unknown): bigint | number | Instant | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return null;
  if (wholeNumber.test(value)) return BigInt(value);
  return number.test(value) ? Number(value) : readInstant(value);
}

/** Converts a value to an integer that a double holds exactly; -1 when it is none. */
export function countOf(value: unknown): number {
  const whole =
    typeof value === "bigint" || (typeof value === "string" && wholeNumber.test(value)) ? Number(value) : value;
  return typeof whole === "number" && Number.isSafeInteger(whole) && whole >= 0 ? whole : -1;
}
