/** What the coordinator is asked: one run, its target, its shards, who watches it, and what its kind adds. */
import type { ShardPlan } from "../../generator/plan.ts";
import type { Window } from "../../measure/host/usage-series.ts";
import type { Tally } from "../../measure/tally.ts";
import type { Measurement } from "../../report/model/build-report.ts";
import type { Interval } from "../../report/model/interval.ts";
import type { Reason, Report } from "../../report/model/report.ts";
import type { Limit } from "../../scenario/limit.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import type { RunTarget } from "../prepare/run-target.ts";
import type { StopRule } from "./early-stop.ts";
import type { ShardGroup } from "./local-shards.ts";
import type { RunObserver } from "./observer.ts";

/** What of a scenario the course of a run depends on. */
export type RunShape = Pick<ConnectionsScenario, "connections" | "rampPerSecond" | "hold" | "limits" | "push"> & {
  protocol: string;
};

/** What the target used in a part of a run; null when that is not known. */
export type UsageWithin = (window: Window) => { cpu: number; rssMiB: number } | null;

/** What another kind adds to its intervals and its report. */
export interface RunAdditions {
  /** The scenario as its user wrote it: the run's own is made from it. */
  scenario: Measurement["scenario"];
  /** In force unless the scenario limits the same figures. */
  defaultLimits?: readonly Limit[];
  interval(total: Tally): Partial<Interval>;
  /** `held`: the hold so far, null before it; `usageWithin`: what the target used in a part of it. */
  report(
    total: Tally,
    held: Window | null,
    usageWithin: UsageWithin,
    state: Report["state"],
  ): Pick<Measurement, "blocks" | "figures" | "remarks" | "unapplied">;
  /** How long the drain may take beyond the usual, milliseconds. */
  drainMs: number;
}

export interface ConnectionsRun {
  run: string;
  kind: string;
  scenario: RunShape;
  target: RunTarget;
  plans: ShardPlan[];
  shards: ShardGroup;
  observers: RunObserver[];
  signal: AbortSignal;
  host: Report["host"];
  /** By how much the target's clock may differ from what the plans say; absent on one machine. */
  clockError?: { boundMs: number } | null;
  /** What a reader of the report should know from the start. */
  notes: Reason[];
  additions?: RunAdditions;
  /** Ends the run early, beside the limits of its scenario that do. */
  stopWhen?: StopRule;
  /** A shard that dies before the drain is replaced; the run stays marked. */
  replaceDeadShards?: boolean;
}
