/** Parameters in the query of /push and /events, and in the line of a raw TCP connection. */
export type PushQuery = {
  intervalMs: number;
  bytes: number;
  timing: "burst" | "spread";
  group: number;
  written: boolean;
};

/**
 * Parses a query string; a string result names the first invalid field, in the order of the contract. Unknown fields
 * are ignored.
 */
export function parsePushQuery(raw: string): PushQuery | { error: string } {
  const values = new URLSearchParams(raw);
  const intervalMs = integerOf(values, "intervalMs", 10, 3_600_000, 10_000);
  if (typeof intervalMs === "string") return { error: intervalMs };
  const bytes = integerOf(values, "bytes", 32, 1_048_576, 100);
  if (typeof bytes === "string") return { error: bytes };
  const timing = values.get("timing") ?? "burst";
  if (timing !== "burst" && timing !== "spread") return { error: `timing: expected burst or spread, got "${timing}"` };
  const group = integerOf(values, "group", 0, 0xffff_ffff, 0);
  if (typeof group === "string") return { error: group };
  const written = values.get("written") ?? "1";
  if (written !== "0" && written !== "1") return { error: `written: expected 0 or 1, got "${written}"` };
  return { intervalMs, bytes, timing, group, written: written === "1" };
}

function integerOf(
  values: URLSearchParams,
  name: string,
  lowest: number,
  highest: number,
  fallback: number,
): number | string {
  const text = values.get(name);
  if (text === null) return fallback;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= lowest && number <= highest) return number;
  return `${name}: expected ${lowest} to ${highest}, got "${text}"`;
}

/** Equal for queries whose connections can share a stream. */
export function streamKey(query: PushQuery): string {
  return `${query.intervalMs} ${query.bytes} ${query.timing} ${query.group} ${query.written}`;
}

/** The part of a URL after the question mark. */
export function queryOfUrl(url: string): string {
  const mark = url.indexOf("?");
  return mark === -1 ? "" : url.slice(mark + 1);
}
