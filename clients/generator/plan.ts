/**
 * The plan of one shard process, and the messages between it and its parent, which are the same over IPC and over
 * Redis.
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
   * Replaces a shard that died: its connections were planned and counted before, so everything it opens is a reconnect.
   */
  isReplacement?: boolean;
  /** Connections in the whole run; this shard's share is `engine.slots`. */
  connections: number;
  rampPerSecond: number;
  /** How many connections should be open over time; absent: all of them until the end. */
  stages?: StagePlan[];
  engineName: "kernel" | "portable";
  engine: EngineOptions;
  /**
   * `isDeclared`: the scenario says that the target pushes; `startsAtZero`: tick 0 is due at instant 0 of the target's
   * clock.
   */
  push: {
    intervalMs: number;
    stamp: string;
    isDeclared?: boolean;
    startsAtZero?: boolean;
    sequence?: string;
    channel?: string;
  };
  /** Interval in which every connection is pinged once, milliseconds; null: never. */
  pingEveryMs: number | null;
  silentAfter: number;
  churnPerMinute: number;
  /**
   * Connects are due at a fixed rate (churn as the load), regardless of earlier ones; those not started on time are
   * counted.
   */
  dialsAtRate?: boolean;
  slowBytesPerSecond: number;
  storm: StormBlock | null;
  /** How lost and refused connections reconnect; absent: they do not. */
  reconnect?: ReconnectPlan;
  /** Reconnecting connections send the id of their last event, as event stream clients do. */
  resumesEvents?: boolean;
  /** Connections the generator closes per second, across all shards. */
  closePerSecond: number;
  seed: number;
  /** Target's CLOCK_MONOTONIC minus the generator's, nanoseconds; 0 on one machine. */
  targetClockOffsetNs: number;
  /** What the connections publish; null or absent: nothing. */
  publish?: PublishPlan | null;
  /** Values for templates; absent: only the built-in ones. */
  values?: ValuesPlan;
  /** What the clients send; absent: they only listen. */
  conversation?: ConversationPlan;
  /** An API run: the requests sent over the connections. */
  api?: ApiPlan;
}

export type ToShard =
  | { type: "prepare"; plan: ShardPlan }
  /** Begin the ramp at this instant of CLOCK_MONOTONIC. */
  | { type: "start"; atNs: number }
  /** All shards have ramped: hold until this instant, then drain. */
  | { type: "hold"; startNs: number; endNs: number }
  | { type: "target-died"; endpoint: number }
  /** A shard died; nothing it would have published from this instant on is due. */
  | { type: "shard-died"; shard: number; atNs: number }
  /** Drain now; connections end with cause `interrupted`. */
  | { type: "stop" };

export type FromShard =
  | { type: "ready"; shard: number; pid: number; vitals: ShardVitals }
  /** `isUsage`: the scenario contains an invalid value. */
  | { type: "failed"; shard: number; text: string; isUsage?: boolean }
  | { type: "ramped"; shard: number }
  | { type: "tally"; shard: number; sequence: number; atNs: number; tally: WireTally; vitals: ShardVitals }
  | { type: "events"; shard: number; events: ConnectionEvent[] }
  | { type: "done"; shard: number; tally: WireTally; vitals: ShardVitals };

/** Resource usage that a shard process reports once a second. */
export interface ShardVitals {
  rssMiB: number;
  cpuSeconds: number;
  fds: number;
  maxFds: number;
  /** Longest time in the last second during which the loop did not serve its sockets, milliseconds. */
  loopDelayMs: number;
}

/** One line of events.ndjson. */
export interface ConnectionEvent {
  /** CLOCK_MONOTONIC; the writer converts it to time since the start of the run. */
  atNs: number;
  what: "closed" | "refused" | "silent" | "resumed" | "reopened" | "storm";
  connection: number;
  endpoint: number;
  cause?: Cause;
  code?: CauseCode;
  detail?: string;
  /** How many connections this event covers, when they cannot be listed one by one. */
  count?: number;
  /** For a silent connection: which side stalled, and socket state sampled before and after a ping. */
  stalled?: "target-application" | "network" | "generator" | "unknown";
  evidence?: unknown[];
  /** How long the connection was open, milliseconds. */
  openMs?: number;
}
