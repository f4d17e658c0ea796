/** What a pipeline scenario adds to a report: `log`, `generation`, `variants` and `footprint`. */
import { median } from "../../measure/statistics/median.ts";

/** Repeated measurements of one thing. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** The log that was parsed, as it was generated: the truth every answer is held against. */
export interface LogFacts {
  lines: number;
  uniqueUsers: number;
  bad: number;
  firstBadLine: number | null;
  bytes: number;
  seed: number;
}

/**
 * How fast the log was made, written and flushed, beside how fast the fastest variant read it. All of it was written before anything was
 * measured; this says that we would have kept up even so. MB are 10^6 bytes.
 */
export interface Generation {
  ms: number;
  megabytesPerSecond: number;
  /** By the parsing time a variant tells, median; null while none was measured. */
  fastest: { variant: string; megabytesPerSecond: number } | null;
}

/** How a variant came out. `unavailable`: what it needs is not on this machine; it says nothing about the verdict. */
export const variantStates = ["ok", "unavailable", "wrong-answer", "failed", "timed-out", "over-memory", "not-run"] as const;
export type VariantState = (typeof variantStates)[number];

/** One way a target runs its pipeline. Null: not measured. */
export interface VariantResult {
  name: string;
  state: VariantState;
  ok: boolean;
  /** Why the state is not "ok", in a sentence. */
  why: string | null;
  /** Measured runs that ended well. */
  runs: number;
  /** Process spawn to exit, milliseconds. */
  ms: Spread | null;
  /** What the command says of its own reading and parsing, milliseconds; without the start of its runtime. */
  parseMs: Spread | null;
  /** User and system time of a run, median. */
  cpuSeconds: number | null;
  /** Most resident memory of any run. */
  rssMiB: number | null;
  /** `exact`: the kernel's account at the process's end; `sampled`: read from /proc while it ran. */
  account: "exact" | "sampled" | null;
  uniqueUsers: number | null;
  badLines: number | null;
  firstBadLine: number | null;
  /** Lines of the log over the median of `ms`. */
  linesPerSecond: number | null;
  /** Median time over that of the variant "cpython ujson" on the same log; null when that was not measured. */
  relativeToCpython: number | null;
}

/** What it costs to have the target at all. */
export interface Footprint {
  /** Spawn of the server to its first healthy answer; null: not measured. */
  startUpMs: Spread | null;
  starts: number;
  /** What one would copy to a server: bytes on disk of the manifest's `deployable` paths; null: something of it is missing. */
  deployableBytes: number | null;
}

export function generationOf(bytes: number, ms: number, variants: readonly VariantResult[]): Generation {
  const perSecond = (overMs: number): number => bytes / 1e3 / overMs;
  const [fastest] = variants
    .flatMap(({ name, ms: whole, parseMs }) => {
      const took = parseMs?.median || whole?.median;
      return took ? [{ variant: name, megabytesPerSecond: perSecond(took) }] : [];
    })
    .sort((a, b) => b.megabytesPerSecond - a.megabytesPerSecond);
  return { ms, megabytesPerSecond: perSecond(ms), fastest: fastest ?? null };
}

/** Median, least and most; null for nothing. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}
