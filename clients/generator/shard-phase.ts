/** Where a shard is in its run. */
export type ShardPhase = "waiting" | "ramping" | "holding" | "draining" | "closing" | "done";
