/** Repeated measurements, taken in turn (A B A B) and reported as a median with its range. */
import { median } from "../clients/measure/statistics/median.ts";

/**
 * Runs every contender once per round, in the same order, so that a noisy minute affects all of them. `null` answers
 * are omitted.
 */
export async function inTurns<Name extends string, T>(
  names: readonly Name[],
  rounds: number,
  turn: (name: Name, round: number) => Promise<T | null>,
): Promise<Map<Name, T[]>> {
  const taken = new Map<Name, T[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const value = await turn(name, round);
      if (value !== null) taken.get(name)!.push(value);
    }
  }
  return taken;
}

/** A number with three significant digits and thousands separators. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(size < 1 ? 2 : 3)));
}

/** "median (least to most)"; without the range for a single value. */
export function spreadText(values: readonly number[]): string {
  if (values.length === 0) return "-";
  if (values.length === 1) return digits(values[0]!);
  return `${digits(median(values))} (${digits(Math.min(...values))} to ${digits(Math.max(...values))})`;
}

/** Ratio of medians, e.g. "0.31x"; of the same run, so that the machine's state cancels out. */
export function ratioText(values: readonly number[], to: readonly number[]): string {
  const ratio = median(values) / median(to);
  return Number.isFinite(ratio) ? `${digits(ratio)}x` : "-";
}

/** Whether a figure is at most a limit; null when it was not measured (not a number). */
export const isAtMost = (figure: number, most: number): boolean | null =>
  Number.isFinite(figure) ? figure <= most : null;

/** Whether a figure is at least a limit; null when it was not measured. */
export const isAtLeast = (figure: number, least: number): boolean | null =>
  Number.isFinite(figure) ? figure >= least : null;
