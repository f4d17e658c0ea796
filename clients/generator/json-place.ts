/**
 * Where in a message its JSON is, behind what some protocols put before it and before what they end a record with; and
 * a value's place in it.
 */
const openBrace = 0x7b;
const openBracket = 0x5b;
/** How far into a message its JSON may begin: `42["event",...]`. */
const maxPrefixBytes = 256;

/** Where a message's JSON begins, -1 when it has none. */
export function jsonStart(bytes: Buffer, start: number, end: number): number {
  const last = Math.min(end, start + maxPrefixBytes);
  for (let at = start; at < last; at++) if (bytes[at] === openBrace || bytes[at] === openBracket) return at;
  return -1;
}

/** Without the separators some protocols end a record with (a line feed, a record separator, a null byte). */
export function jsonEnd(bytes: Buffer, start: number, end: number): number {
  let last = end;
  while (last > start && bytes[last - 1]! <= 0x20) last--;
  return last;
}

/** The value at a path of what JSON held (0 for the first of a list), undefined where there is none. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const part of path)
    at =
      typeof at === "object" && at !== null && Object.hasOwn(at, part)
        ? (at as Record<string, unknown>)[part]
        : undefined;
  return at;
}
