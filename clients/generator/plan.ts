/**
 * What one shard process is told to do, and the messages between it and its parent: the same over IPC and over Redis.
 */
import type { EngineOptions } from "../connection/engine.ts";
import type { Cause, CauseCode } from "../measure/cause.ts";
import type { WireTally } from "../measure/tally-wire.ts";
import type { ConversationPlan } from "../plan/conversation-plan.ts";
import type { PublishPlan } from "../plan/publish-plan.ts";
import type { ReconnectPlan } from "../plan/reconnect-plan.ts";
import type { StagePlan } from "../plan/stages.ts";
import type { ValuesPlan } from "../plan/values/connection-values.ts";
import type { StormBlock } from "../scenario/fields/connection-fields.ts";
import type { ApiPlan } from "./requests/request-plan.ts";

export interface ShardPlan {
  run: string;
  shard: number;
  shards: number;
  /**
   * It takes the place of a shard that died: its connections were planned and counted before, and all it opens are
   * reconnects.
   */
  isReplacement?: boolean;
  /** Connections of the whole run; this shard's own are `engine.slots`. */
  connections: number;
  rampPerSecond: number;
  /** How many connections are to be open as time goes by; absent: all, until the end. */
  stages?: StagePlan[];
  engineName: "kernel" | "portable";
  engine: EngineOptions;
  /**
   * `isDeclared`: the scenario says that the target pushes; `startsAtZero`: tick 0 is known to be due at the target's
   * instant 0.
   */
  push: {
    intervalMs: number;
    stamp: string;
    isDeclared?: boolean;
    startsAtZero?: boolean;
    sequence?: string;
    channel?: string;
  };
  /** Ping every connection once in this time; null: never. */
  pingEveryMs: number | null;
  silentAfter: number;
  churnPerMinute: number;
  /**
   * Churn is the load: a connect is due at its instant, whatever became of those before it, and what was not begun then
   * is counted.
   */
  dialsAtRate?: boolean;
  slowBytesPerSecond: number;
  storm: StormBlock | null;
  /** How lost and refused connections come back; absent: they do not. */
  reconnect?: ReconnectPlan;
  /** Those that come back say which event was their last, as clients of event streams do. */
  resumesEvents?: boolean;
  /** Connections we end per second, all shards together. */
  closePerSecond: number;
  seed: number;
  /** Target's CLOCK_MONOTONIC minus ours, nanoseconds; 0 on one machine. */
  targetClockOffsetNs: number;
  /** What the connections publish themselves; null or absent: nothing. */
  publish?: PublishPlan | null;
  /** Values of templates; absent: only built-in ones. */
  values?: ValuesPlan;
  /** What the clients say; absent: they listen, all alike. */
  conversation?: ConversationPlan;
  /** An API run: what is asked over the connections. */
  api?: ApiPlan;
}

export type ToShard =
  | { type: "prepare"; plan: ShardPlan }
  /** Begin the ramp at this instant of CLOCK_MONOTONIC. */
  | { type: "start"; atNs: number }
  /** All shards have ramped: hold until this instant, then drain. */
  | { type: "hold"; startNs: number; endNs: number }
  | { type: "target-died"; endpoint: number }
  /** A shard ended by itself; nothing it published from this instant on is due. */
  | { type: "shard-died"; shard: number; atNs: number }
  /** Drain now; connections are ended with cause `interrupted`. */
  | { type: "stop" };

export type FromShard =
  | { type: "ready"; shard: number; pid: number; vitals: ShardVitals }
  /** `isUsage`: because of a value of the scenario. */
  | { type: "failed"; shard: number; text: string; isUsage?: boolean }
  | { type: "ramped"; shard: number }
  | { type: "tally"; shard: number; sequence: number; atNs: number; tally: WireTally; vitals: ShardVitals }
  | { type: "events"; shard: number; events: ConnectionEvent[] }
  | { type: "done"; shard: number; tally: WireTally; vitals: ShardVitals };

/** A shard process about itself, once a second. */
export interface ShardVitals {
  rssMiB: number;
  cpuSeconds: number;
  fds: number;
  maxFds: number;
  /** Longest time within the last second that the loop was away from its sockets, milliseconds. */
  loopDelayMs: number;
}

/** One line of events.ndjson. */
export interface ConnectionEvent {
  /** CLOCK_MONOTONIC; the writer turns it into time since the run's start. */
  atNs: number;
  what: "closed" | "refused" | "silent" | "resumed" | "reopened" | "storm";
  connection: number;
  endpoint: number;
  cause?: Cause;
  code?: CauseCode;
  detail?: string;
  /** How many connections one event stands for, where they cannot be named one by one. */
  count?: number;
  /** For a silent connection: who stalled, and the socket's evidence at two instants around a ping. */
  stalled?: "target-application" | "network" | "generator" | "unknown";
  evidence?: unknown[];
  /** How long the connection had been open, milliseconds. */
  openMs?: number;
}
