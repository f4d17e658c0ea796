/** Input of the coordinator: one run, its target, its shards, its observers, and what its kind adds. */
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

/** The parts of a scenario that determine a run's phases. */
export type RunShape = Pick<ConnectionsScenario, "connections" | "rampPerSecond" | "hold" | "limits" | "push"> & {
  protocol: string;
};

/** The target's resource usage within a window; null when unknown. */
export type UsageWithin = (window: Window) => { cpu: number; rssMiB: number } | null;

/** What a kind adds to intervals and report. */
export interface RunAdditions {
  /** The scenario as the user wrote it; the run's own is derived from it. */
  scenario: Measurement["scenario"];
  /** Apply unless the scenario limits the same figures. */
  defaultLimits?: readonly Limit[];
  interval(total: Tally): Partial<Interval>;
  /** `held`: the hold so far, null before it; `usageWithin`: the target's usage within a window. */
  report(
    total: Tally,
    held: Window | null,
    usageWithin: UsageWithin,
    state: Report["state"],
  ): Pick<Measurement, "blocks" | "figures" | "remarks" | "unapplied">;
  /** Additional time allowed for the drain, milliseconds. */
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
  /** Maximum error of the target clock offset in the plans; absent on one machine. */
  clockError?: { boundMs: number } | null;
  /** Notes for the reader of the report, known from the start. */
  notes: Reason[];
  additions?: RunAdditions;
  /** Ends the run early, in addition to the scenario's own abort limits. */
  stopWhen?: StopRule;
  /** Replaces shards that die before the drain; the run remains marked. */
  replaceDeadShards?: boolean;
}
