/** Durations as people write them: "500ms", "10s", "5m", "2h", "1d", or a bare number of seconds. */
const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** What a field's duration may be, both ends included. */
export interface DurationBounds {
  minimumMs?: number;
  maximumMs?: number;
}

/** The longest duration of a field without bounds of its own: a year. */
export const mostDurationMs = 366 * unitsMs.d;

export const durationPattern = "^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)?$";

/** Milliseconds of a duration that matches {@link durationPattern}; throws on one that does not. */
export function durationMs(duration: string): number {
  const parts = /^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)?$/.exec(duration);
  if (parts === null) throw new Error(`expected a duration such as 500ms, 10s, 5m, 2h, got "${duration}"`);
  return Number(parts[1]) * unitsMs[(parts[2] ?? "s") as keyof typeof unitsMs];
}

/** The shortest way to write a number of milliseconds as a duration. */
export function formatDuration(ms: number): string {
  if (ms >= 1000 && ms % 1000 !== 0) return `${(ms / 1000).toFixed(1)}s`;
  for (const unit of ["d", "h", "m", "s"] as const)
    if (ms >= unitsMs[unit] && ms % unitsMs[unit] === 0) return `${ms / unitsMs[unit]}${unit}`;
  return `${Math.round(ms)}ms`;
}
