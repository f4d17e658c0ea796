/** A run as exposed to Prometheus: a plain snapshot, taken at a scrape. */

import type { ConversationTimes } from "../measure/conversation-tally.ts";
import type { Phase } from "../measure/phase.ts";
import type { Tally } from "../measure/tally.ts";
import type { Report, Verdict } from "../report/model/report.ts";
import type { ConversationBlock } from "../report/model/schema/conversation-types.ts";
import type { Quantiles } from "../report/model/schema/quantiles-field.ts";

/** A shard process: its last vitals, and its reads with less precise stamps. */
export interface ExposedShard {
  shard: number;
  /**
   * Null until its first message, and once the process has ended. `loopDelayMs` is the longest time in the last second
   * during which it did not serve its sockets.
   */
  vitals: { rssMiB: number; cpuSeconds: number; fds: number; maxFds: number; loopDelayMs: number } | null;
  unstampedReads: number;
  sharedStamps: number;
}

/** One process tree of the target, from /proc; null: unknown, or its processes have ended. */
export interface ExposedReplica {
  /** Its number from 0, or what its owner calls it. */
  replica: number | string;
  rssMiB: number | null;
  cpuSeconds: number;
  fds: number | null;
  threads: number | null;
}

/**
 * HTTP requests of an API run including warm-up, by status class and by failure cause; their latencies are in the
 * tally.
 */
export interface ExposedRequests {
  byStatusClass: Readonly<Record<string, number>>;
  byCause: Readonly<Record<string, number>>;
  /** Concurrent users of the current step; null in an open loop. */
  users: number | null;
}

/** A pipeline variant. `medianMs`, `uniqueUsers` and `rssMiB` are null until its first repeat is complete. */
export interface ExposedVariant {
  variant: string;
  lines: number;
  medianMs: number | null;
  uniqueUsers: number | null;
  rssMiB: number | null;
}

export interface ExposedRun {
  run: string;
  kind: string;
  /** Name of the target, never a URL that may contain secrets. */
  target: string;
  runtime: string;
  protocol: string;
  engine: string;
  clock: string;
  version: string;
  phase: Phase;
  /** Phases begun so far, Unix time in milliseconds; of a phase begun twice, the later one. */
  phases: readonly { phase: Phase; startedAtMs: number }[];
  /** `limit` is the limit's figure, e.g. pushLatencyMs.p99. */
  limits: readonly { limit: string; ok: boolean }[];
  verdict: Verdict | null;
  planned: number;
  /** All shards merged. */
  tally: Tally;
  /** False for a target whose pushes carry no stamp: its push series are then absent, never zero. */
  measuresPushes: boolean;
  shards: readonly ExposedShard[];
  targetUsage: readonly ExposedReplica[];
  /** Exact push latency quantiles: of the last window with pushes, and of the whole run. */
  quantiles: { last: Quantiles | null; run: Quantiles | null };
  requests: ExposedRequests | null;
  /** Conversation counts so far; absent where connections only listen. */
  conversation?: ConversationBlock;
  /** Latencies of conversations. */
  conversationTimes?: ConversationTimes;
  variants: readonly ExposedVariant[];
  /** Bounds of a capacity search so far; null while unknown. */
  bounds: { lower: number | null; upper: number | null; unit: string } | null;
  /** Unix time in milliseconds; null while the run is in progress. */
  endedAtMs: number | null;
}

/** The variants of a report for the metrics page. */
export function exposedVariants(report: Report): ExposedVariant[] {
  return (report.variants ?? []).map(({ name, runs, ms, uniqueUsers, rssMiB }) => ({
    variant: name,
    lines: runs * (report.log?.lines ?? 0),
    medianMs: ms?.median ?? null,
    uniqueUsers,
    rssMiB,
  }));
}
