/** The blocks a run of long connections adds to its report: a storm, slow readers, the regularity of messages without a stamp. */

import type { StormBlock } from "../../scenario/connection-fields.ts";
import type { ConversationBlock, GroupReport } from "./conversation-types.ts";
import type { MqttReport } from "./mqtt-block.ts";

/** What the target used in a part of a run: its memory, and CPU in cores. */
export interface UsageAt {
  rssMiB: number;
  cpu: number;
}

/** A mass disconnect and the return of all. Times of return count from the storm's beginning. */
export interface StormReport {
  by: StormBlock["by"];
  /** Connections the storm dropped, each once. */
  dropped: number;
  /** When it began, milliseconds since the run's start; null when it never came. */
  atMs: number | null;
  /** When that share of the dropped was open again; null when fewer ever were. */
  backMs: { p50: number | null; p90: number | null; p99: number | null; all: number | null };
  back: number;
  stayedAway: number;
  /** Reconnects begun in the busiest second. */
  peakConnectPerSecond: number;
  refusedByCause: Record<string, number>;
  /** Pushes that came due while the dropped were away. They are in no other figure: nobody was there to be owed them. */
  pushesLostMeanwhile: number;
  /** Of the connections closed unexpectedly, those the storm dropped (`by: target`); they count in no ratio. */
  closedByTarget: number;
  /** Before and after: memory in the last second of it, CPU in the mean of it. During: the most of each in a second, until all were back. */
  targetUsage: { before: UsageAt | null; during: UsageAt | null; after: UsageAt | null };
  /** Our shard processes before the first connection and after the last: nothing may be left. Null until the run has ended. */
  generatorLeft: { fdsBefore: number; fdsAfter: number; rssMiBBefore: number; rssMiBAfter: number } | null;
}

/** Connections that read slowly on purpose; their pushes are in this block only, their ends in `connections` too. */
export interface SlowReadersReport {
  connections: number;
  bytesPerSecond: number;
  due: number;
  received: number;
  late: number;
  lost: number;
  closedUnexpectedly: number;
  /** CAUSE or CAUSE:CODE. */
  byCause: Record<string, number>;
  /** The target's memory at the beginning and the end of the hold, and at its most. */
  targetRssMiB: { atStart: number; atEnd: number; peak: number } | null;
}

/** How evenly messages came that carry no stamp, against the declared push interval. */
export interface RegularityReport {
  intervalMs: number;
  gaps: number;
  /** Share of the gaps within 10 % of the interval. */
  evenShare: number;
  deviationMs: { p50: number; p99: number; max: number };
}

/** What {@link Report} may carry of these. */
export interface ConnectionBlocks {
  storm?: StormReport;
  slowReaders?: SlowReadersReport;
  regularity?: RegularityReport;
  groups?: GroupReport[];
  conversation?: ConversationBlock;
  mqtt?: MqttReport;
}
