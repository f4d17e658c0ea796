/**
 * A kind of run as a value: how its scenario becomes connections, what its shards do over them, and what it adds to the
 * report. `execute` takes one and has heard of none; a new kind is a new value in kinds/.
 */
import type { ShardPlan } from "../generator/plan.ts";
import type { Report } from "../report/model/report.ts";
import type { ConnectionsScenario, RunScenario } from "../scenario/schema.ts";
import type { RunObserver } from "./coordinate/observer.ts";
import type { RunAdditions } from "./coordinate/run-order.ts";
import type { RunTarget } from "./prepare/run-target.ts";
import type { RunValues } from "./prepare/run-values.ts";

/** Scenarios whose load travels over connections to a server; a pipeline is a command and not one of them. */
export type KindScenario = Exclude<RunScenario, { kind: "pipeline" | "capacity" }>;

export interface RunKind<S extends KindScenario> {
  readonly name: S["kind"];
  /**
   * What a scenario means against a target of this name. Throws ScenarioError with every problem that its schema cannot
   * see.
   */
  plan(scenario: S, targetName: string): RunPlan;
}

export interface RunPlan {
  /** The long connections that carry the run: target, pre-flight and shards are planned from these. */
  readonly connections: ConnectionsScenario;
  /** As the report names it, where that is not the protocol of the connections. */
  readonly protocol?: string;
  /** Values of the templates in what the connections say. */
  readonly values?: RunValues;
  /** How long the run holds, milliseconds. */
  readonly holdMs: number;
  /** False where no figure reads an instant of the target's clock, and its messages are no pushes. */
  readonly readsTargetClock: boolean;
  /** What a shard does over its connections; nothing but holding them when absent. */
  readonly shard?: (plan: ShardPlan) => ShardPlan;
  /** Another limit of `connections` than the user's, added blocks and intervals. */
  readonly additions?: RunAdditions;
  /** A shard that dies before the drain is replaced; the run stays marked. */
  readonly replaceDeadShards?: boolean;
  /**
   * Sets up what must stand beside the target. `builtIn`: the target's name, null for a URL. Rejects when it does not
   * come up.
   */
  readonly surround?: (builtIn: string | null, folder: string, say: (line: string) => void) => Promise<Surroundings>;
  /** For kinds whose verdict is known only after the drain. */
  readonly judgedAfterDrain?: LateJudge;
}

/** What was set up beside a target. */
export interface Surroundings {
  /** What of the scenario the target is started with instead. */
  given: Partial<ConnectionsScenario>;
  close(): Promise<void>;
}

export interface LateJudge {
  /**
   * The target is up, nothing is dialled yet: who watches instead of `watchers`, who must not hear of an end that is
   * not judged.
   */
  begin(target: RunTarget, watchers: RunObserver[]): RunObserver[];
  /** All connections are closed, the target still runs: the last report. */
  judge(report: Report, target: RunTarget): Promise<Report>;
  /** No shard could be made: this report is the last. */
  neverBegan(report: Report): void;
}
