/**
 * Durations that are written well and make no sense where they stand: a time-out of nothing, pings without a pause.
 * Pure.
 */
import { type DurationBounds, durationMs, formatDuration } from "../duration.ts";
import type { Problem } from "./problem-bounds.ts";

interface Schema extends DurationBounds {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
}

/**
 * The durations of an input that are outside their field's bounds; texts that are no durations are the schema's to
 * refuse.
 */
export function durationProblems(schema: unknown, value: unknown, path: readonly string[] = []): Problem[] {
  const { properties, items, anyOf, minimumMs, maximumMs } = schema as Schema;
  if (typeof value === "string" && minimumMs !== undefined && maximumMs !== undefined) {
    const ms = msOf(value);
    if (ms === null || (ms >= minimumMs && ms <= maximumMs)) return [];
    return [
      {
        field: path.join("."),
        text: `expected a duration from ${formatDuration(minimumMs)} to ${formatDuration(maximumMs)}, got "${value}"`,
      },
    ];
  }
  if (typeof value !== "object" || value === null) return [];
  if (anyOf !== undefined) return anyOf.flatMap((one) => durationProblems(one, value, path));
  if (Array.isArray(value))
    return items === undefined
      ? []
      : value.flatMap((item, index) => durationProblems(items, item, [...path, String(index)]));
  return Object.entries(properties ?? {}).flatMap(([name, inner]) =>
    Object.hasOwn(value, name)
      ? durationProblems(inner, (value as Record<string, unknown>)[name], [...path, name])
      : [],
  );
}

function msOf(text: string): number | null {
  try {
    return durationMs(text);
  } catch {
    return null;
  }
}
