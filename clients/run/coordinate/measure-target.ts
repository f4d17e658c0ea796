/**
 * One run against a target that is up: plans its shards, reads its clock and runs a coordinator. Used by runs and by
 * trials.
 */
import type { Endpoint } from "../../connection/engine.ts";
import type { Reason, Report } from "../../report/model/report.ts";
import { readHostFacts } from "../../target/host.ts";
import { planningHost } from "../prepare/plan-check.ts";
import { type PlanningHost, planShards } from "../prepare/plan-shards.ts";
import type { RunTarget } from "../prepare/run-target.ts";
import { inTargetClock } from "../prepare/target-clock.ts";
import type { RunPlan } from "../run-kind.ts";
import { runConnections } from "./coordinator.ts";
import type { StopRule } from "./early-stop.ts";
import { LocalShards, type ShardGroup } from "./local-shards.ts";
import type { RunObserver } from "./observer.ts";

export interface Measuring {
  run: string;
  kind: string;
  plan: RunPlan;
  target: RunTarget;
  engineName: "kernel" | "portable";
  observers: RunObserver[];
  signal: AbortSignal;
  notes: Reason[];
  /** Where the shards run; default: child processes. Called with the endpoints they will dial. */
  makeShards?: (endpoints: readonly Endpoint[]) => ShardGroup;
  /** Descriptors and ports of whatever will dial; default: this host's. */
  planningHost?: (endpoints: readonly Endpoint[]) => PlanningHost;
  /** Ends the run early, in addition to the scenario's own abort limits. */
  stopWhen?: StopRule;
}

/** Measures a target until the plan or the signal ends it. The target is left running. */
export async function measureTarget(order: Measuring): Promise<Report> {
  const { run, kind, plan, engineName, observers, signal, notes } = order;
  const { connections, additions, replaceDeadShards } = plan;
  const target = plan.readsTargetClock ? order.target : { ...order.target, keepsContract: false };
  const bare = planShards(
    run,
    connections,
    target,
    engineName,
    order.planningHost?.(target.endpoints) ?? planningHost(),
  );
  const planned = plan.values?.give(bare) ?? bare;
  const { plans, clockError } = plan.readsTargetClock
    ? await inTargetClock(target, planned)
    : { plans: planned, clockError: null };
  return runConnections({
    run,
    kind,
    scenario: { ...connections, protocol: plan.protocol ?? connections.protocol },
    target,
    plans: plan.shard === undefined ? plans : plans.map(plan.shard),
    shards: order.makeShards?.(target.endpoints) ?? new LocalShards(),
    observers,
    signal,
    host: readHostFacts(target.isLocal),
    notes,
    clockError,
    ...(order.stopWhen === undefined ? {} : { stopWhen: order.stopWhen }),
    ...(additions === undefined ? {} : { additions }),
    ...(replaceDeadShards === undefined ? {} : { replaceDeadShards }),
  });
}
