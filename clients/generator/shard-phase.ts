/** The phases of a shard's run. */
export type ShardPhase = "waiting" | "ramping" | "holding" | "draining" | "closing" | "done";
