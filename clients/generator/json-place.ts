/**
 * Locates the JSON within a message, after protocol prefixes and before record separators, and looks up values in it.
 */
const openBrace = 0x7b;
const openBracket = 0x5b;
/** Longest prefix before the JSON, bytes; for example `42["event",...]`. */
const maxPrefixBytes = 256;

/** Start of a message's JSON, -1 when it has none. */
export function jsonStart(bytes: Buffer, start: number, end: number): number {
  const last = Math.min(end, start + maxPrefixBytes);
  for (let at = start; at < last; at++) if (bytes[at] === openBrace || bytes[at] === openBracket) return at;
  return -1;
}

/** End of a message's JSON, without trailing separators (line feed, record separator, null byte). */
export function jsonEnd(bytes: Buffer, start: number, end: number): number {
  let last = end;
  while (last > start && bytes[last - 1]! <= 0x20) last--;
  return last;
}

/** The value at a path of parsed JSON ("0" is a list's first item); undefined where there is none. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const part of path)
    at =
      typeof at === "object" && at !== null && Object.hasOwn(at, part)
        ? (at as Record<string, unknown>)[part]
        : undefined;
  return at;
}
