/** The block `soak` of a report: what grew, what got slower, what did not come back, and whether we stayed the same ourselves. */
import type { Report } from "./report.ts";

/** A level over the hold: its Theil-Sen slope over block minima with 95 % limits, and what that means over the lifetime. */
export interface SoakGrowth {
  verdict: "leak" | "steady" | "too-short";
  /** Units an hour; bytes for memory. Null: too short to tell. */
  perHour: number | null;
  lower: number | null;
  upper: number | null;
  /** Growth over the lifetime, and what of it nobody minds. */
  projected: number | null;
  budget: number;
  lifetimeMs: number;
  /** From the end to the target's memory limit at this slope; null when it does not grow or has no limit. */
  projectedMs: number | null;
  perConnectionHour: number | null;
  perMillionPushes: number | null;
  blocks: number;
  blockMs: number;
  lagOne: number;
  dependent: boolean;
  /** A point of the fitted line: milliseconds since the start of the run, and the level there. */
  anchor: { atMs: number; level: number } | null;
  /** First and last instant the slope was fitted to. */
  fromMs: number;
  toMs: number;
}

/** A latency over the hold: the first third of its bursts against the last. */
export interface SoakDrift {
  verdict: "drift" | "steady" | "too-short";
  firstMs: number | null;
  lastMs: number | null;
  shiftMs: { estimate: number; lower: number; upper: number } | null;
  budgetMs: number | null;
  bursts: number;
}

/** What there was before the connections and after the last was closed. */
export interface SoakResidue {
  name: string;
  unit: "count" | "bytes";
  before: number;
  after: number;
  allowed: number;
  residue: number;
  ok: boolean;
  /** Whether it decides the verdict; the others are the whole machine's, others' traffic included. */
  decides: boolean;
}

export interface SoakBlock {
  heldMs: number;
  warmUpMs: number;
  /** The target's resident memory, bytes; null when its processes were not watched. */
  memory: SoakGrowth | null;
  descriptors: SoakGrowth | null;
  /** Per-burst push p99; null when pushes carry no stamp. */
  latency: SoakDrift | null;
  residue: SoakResidue[];
  /** The same tests on ourselves: what they find is a note, never the target's. */
  generator: { memory: SoakGrowth; descriptors: SoakGrowth; gap: SoakDrift };
  /** Shard processes that died and were replaced. */
  replacedShards: number;
}

/** The block, null for a report of another kind. */
export function soakOf(report: Report): SoakBlock | null {
  return (report.soak as SoakBlock | undefined) ?? null;
}
