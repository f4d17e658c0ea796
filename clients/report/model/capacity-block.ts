/** The block `capacity` of a report: the bounds, what broke, whose limit it was, and every trial. */
import type { Report } from "./report.ts";

/** One trial of the search, in the order they were run. */
export interface CapacityTrial {
  number: number;
  load: number;
  connections: number;
  pushesPerSecond: number;
  purpose: "double" | "bisect" | "repeat" | "confirm";
  /** The part that was judged, milliseconds. */
  durationMs: number;
  /** With start, ramp, settling and drain. */
  elapsedMs: number;
  /** By goal. */
  outcome: Record<string, "pass" | "fail" | "invalid">;
  /** `fail` when any goal failed, `invalid` when it says nothing. */
  verdict: "pass" | "fail" | "invalid";
  /** The criterion that broke first, by goal. */
  criterion: Record<string, string>;
  /** Whose limit it was; null for a trial that passed. */
  limitedBy: string | null;
  evidence: string | null;
  p99Ms: number | null;
  burstP99Ms: number | null;
  /** Lost and late pushes over those due; null without stamps. */
  lostRatio: number | null;
  closed: number;
  refused: number;
  targetCpu: number | null;
  targetRssMiB: number | null;
  targetFds: number | null;
  /** Kernel counters that rose, as sentences. */
  counters: string[];
  /** It could not be run, for the reason that is its evidence: nothing was dialled, no figure is known. */
  notRun?: true;
}

/** The answer to one goal (RFC 9971: relevant bounds). */
export interface CapacityGoal {
  goal: string;
  lower: number | null;
  upper: number | null;
  regular: boolean;
  confirmed: boolean;
  limitedBy: string;
  criterion: string | null;
  width: number | null;
  sentence: string;
}

export interface CapacityBlock {
  vary: "connections" | "rate";
  /** Of the first goal. */
  lower: number | null;
  upper: number | null;
  /** Both bounds exist, are within the width, and the failure between them is the target's. */
  regular: boolean;
  /** A code of the closed list in docs/capacity.md. */
  limitedBy: string;
  /** What was seen. */
  evidence: string | null;
  criterion: string | null;
  end: "answered" | "trial-budget" | "time-budget" | "interrupted" | "not-started" | null;
  /** The most that host, generator and scenario allow, and why. */
  ceiling: { load: number; code: string; text: string; fix?: string };
  /** False for a target given by URL. */
  restarted: boolean;
  elapsedMs: number;
  goals: CapacityGoal[];
  trials: CapacityTrial[];
  /** While it runs: the bounds so far, what is tried now, time left. */
  progress?: string;
}

/** The block, null for a report of another kind. */
export function capacityOf(report: Report): CapacityBlock | null {
  return (report.capacity as CapacityBlock | undefined) ?? null;
}
