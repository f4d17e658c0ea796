/**
 * The keys in Redis. Everything is state that is rewritten every second, not messages that could be lost: repeated
 * writes change nothing, lost ones are made up for by the next, and a Redis that restarts empty is refilled.
 */

/** Prefix of BullMQ's keys, for shards that wait for an agent. */
export const queuePrefix = "holdfast-queue";
/** Shards that any agent may take. */
export const openQueue = "shards";
/** Shards whose target is reachable only from this network. Queue names must not contain a colon. */
export const networkQueue = (network: string): string => `shards-${network.replace(/[^a-z0-9-]/gi, "")}`;

/** Set of agent ids. */
export const agentsKey = "holdfast:agents";
/** An agent's announcement; expires a few seconds after the last one. */
export const agentKey = (id: string): string => `holdfast:agent:${id}`;
export const agentLivesMs = 5000;

/** The place to which a job's signature is bound. */
export const jobPlace = "job";

/** The control service's orders for a run's shards: an {@link OrdersDocument}. */
export const ordersKey = (run: string): string => `holdfast:orders:${run}`;
/** The state of a shard: a {@link ShardDocument}. */
export const shardKey = (run: string, shard: number): string => `holdfast:shard:${run}:${shard}`;
/** Which agent took a shard: set once, so that a shard handed out twice runs only once. */
export const claimKey = (run: string, shard: number): string => `holdfast:claim:${run}:${shard}`;
/** Long enough for any interruption, short enough to leave nothing behind, milliseconds. */
export const documentLivesMs = 120_000;
/** Longest texts that are read, bytes; a shard's contains every histogram and up to 20,000 events. */
export const mostAnnouncementBytes = 64 * 1024;
export const mostOrdersBytes = 16 * 2 ** 20;
export const mostShardBytes = 64 * 2 ** 20;
/** Most agents that are read. */
export const mostAgents = 10_000;
/** A claim far outlives its job, milliseconds. */
export const claimLivesMs = 86_400_000;

/** Channels that announce changed documents; the documents are also read every second. */
export const ordersChannel = "holdfast:orders";
export const newsChannel = (run: string): string => `holdfast:news:${run}`;
