/** A run as the Prometheus page sees it: a plain snapshot, taken at a scrape. */

import type { ConversationTimes } from "../measure/conversation-tally.ts";
import type { Phase } from "../measure/phase.ts";
import type { Tally } from "../measure/tally.ts";
import type { Report, Verdict } from "../report/model/report.ts";
import type { ConversationBlock } from "../report/model/schema/conversation-types.ts";
import type { Quantiles } from "../report/model/schema/quantiles-field.ts";

/** A shard process: what it last told about itself, and its reads whose stamps are worth less. */
export interface ExposedShard {
  shard: number;
  /**
   * Null until its first message, and once the process ended. `loopDelayMs` is the longest absence from the sockets
   * within the last second.
   */
  vitals: { rssMiB: number; cpuSeconds: number; fds: number; maxFds: number; loopDelayMs: number } | null;
  unstampedReads: number;
  sharedStamps: number;
}

/** One process tree of the target, from /proc; null: not known, or its processes ended. */
export interface ExposedReplica {
  /** Its number from 0, or what its owner calls it. */
  replica: number | string;
  rssMiB: number | null;
  cpuSeconds: number;
  fds: number | null;
  threads: number | null;
}

/**
 * HTTP requests of an API run, warm-up included, by status class and by cause of failure; their times are the tally's.
 */
export interface ExposedRequests {
  byStatusClass: Readonly<Record<string, number>>;
  byCause: Readonly<Record<string, number>>;
  /** Concurrent users of the step now running; null in an open loop. */
  users: number | null;
}

/** A pipeline variant. `medianMs`, `uniqueUsers` and `rssMiB` are null until its first repeat ended. */
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
  /** Name of the target, never a URL with secrets in it. */
  target: string;
  runtime: string;
  protocol: string;
  engine: string;
  clock: string;
  version: string;
  phase: Phase;
  /** Phases begun so far, Unix time in milliseconds; of a phase begun twice the later one counts. */
  phases: readonly { phase: Phase; startedAtMs: number }[];
  /** `limit` is the limit's figure, e.g. pushLatencyMs.p99. */
  limits: readonly { limit: string; ok: boolean }[];
  verdict: Verdict | null;
  planned: number;
  /** All shards merged. */
  tally: Tally;
  /** False for a target whose pushes carry no stamp: its push series are absent, never zero. */
  measuresPushes: boolean;
  shards: readonly ExposedShard[];
  targetUsage: readonly ExposedReplica[];
  /** Exact push latency quantiles, of the last window that had pushes and of the whole run. */
  quantiles: { last: Quantiles | null; run: Quantiles | null };
  requests: ExposedRequests | null;
  /** What conversations count so far; absent where connections only listen. */
  conversation?: ConversationBlock;
  /** Times of conversations. */
  conversationTimes?: ConversationTimes;
  variants: readonly ExposedVariant[];
  /** Bounds of a capacity search so far; null where none is known yet. */
  bounds: { lower: number | null; upper: number | null; unit: string } | null;
  /** Unix time in milliseconds; null while the run goes on. */
  endedAtMs: number | null;
}

/** The variants of a report as the metrics page shows them. */
export function exposedVariants(report: Report): ExposedVariant[] {
  return (report.variants ?? []).map(({ name, runs, ms, uniqueUsers, rssMiB }) => ({
    variant: name,
    lines: runs * (report.log?.lines ?? 0),
    medianMs: ms?.median ?? null,
    uniqueUsers,
    rssMiB,
  }));
}
