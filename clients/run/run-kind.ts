/**
 * A kind of run as a value: how its scenario becomes connections, what its shards do over them, and what it adds to the
 * report. `execute` works with any of them; a new kind is a new value in kinds/.
 */
import type { ShardPlan } from "../generator/plan.ts";
import type { Report } from "../report/model/report.ts";
import type { ConnectionsScenario, RunScenario } from "../scenario/schema.ts";
import type { RunObserver } from "./coordinate/observer.ts";
import type { RunAdditions } from "./coordinate/run-order.ts";
import type { RunTarget } from "./prepare/run-target.ts";
import type { RunValues } from "./prepare/run-values.ts";

/** Scenarios whose load is carried by connections to a server; a pipeline runs commands instead. */
export type KindScenario = Exclude<RunScenario, { kind: "pipeline" | "capacity" }>;

export interface RunKind<S extends KindScenario> {
  readonly name: S["kind"];
  /**
   * The plan of a scenario against a target of this name. Throws ScenarioError with every problem the schema cannot
   * detect.
   */
  plan(scenario: S, targetName: string): RunPlan;
}

export interface RunPlan {
  /** The long connections that carry the run; target, pre-flight and shards are planned from these. */
  readonly connections: ConnectionsScenario;
  /** As named in the report, if different from the protocol of the connections. */
  readonly protocol?: string;
  /** Values for the templates in what the connections send. */
  readonly values?: RunValues;
  /** Length of the hold, milliseconds. */
  readonly holdMs: number;
  /** False when no figure depends on the target's clock, and its messages are not pushes. */
  readonly readsTargetClock: boolean;
  /** Extends a shard's plan beyond holding connections. */
  readonly shard?: (plan: ShardPlan) => ShardPlan;
  /** The user's scenario, additional blocks and intervals. */
  readonly additions?: RunAdditions;
  /** Replaces shards that die before the drain; the run remains marked. */
  readonly replaceDeadShards?: boolean;
  /**
   * Sets up services next to the target. `builtIn`: the target's name, null for a URL. Rejects when they do not start.
   */
  readonly surround?: (builtIn: string | null, folder: string, say: (line: string) => void) => Promise<Surroundings>;
  /** For kinds whose verdict is only known after the drain. */
  readonly judgedAfterDrain?: LateJudge;
}

/** Services set up next to a target. */
export interface Surroundings {
  /** Fields that override the scenario when the target is started. */
  given: Partial<ConnectionsScenario>;
  close(): Promise<void>;
}

export interface LateJudge {
  /**
   * The target is up and nothing has been dialled: returns the observers to use instead of `watchers`, which must not
   * be notified of the end before it is judged.
   */
  begin(target: RunTarget, watchers: RunObserver[]): RunObserver[];
  /** All connections are closed and the target is still running: returns the final report. */
  judge(report: Report, target: RunTarget): Promise<Report>;
  /** No shard could be created: this report is final. */
  neverBegan(report: Report): void;
}
