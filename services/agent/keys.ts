/**
 * What lies in Redis. Everything is state that is told again each second, never a message that could be lost: a write
 * that is repeated changes nothing, one that is lost is made up for by the next, and a Redis that restarts empty is
 * filled again.
 */

/** Shards wait here for an agent. BullMQ's own keys lie below its prefix. */
export const queuePrefix = "holdfast-queue";
/** Shards any agent may take. */
export const openQueue = "shards";
/** Shards whose target only this network reaches. Queue names may not hold a colon. */
export const networkQueue = (network: string): string => `shards-${network.replace(/[^a-z0-9-]/gi, "")}`;

/** Set of agent ids. */
export const agentsKey = "holdfast:agents";
/** An agent's announcement; gone a few seconds after it was last told. */
export const agentKey = (id: string): string => `holdfast:agent:${id}`;
export const agentLivesMs = 5000;

/** The place a signed job belongs to. */
export const jobPlace = "job";

/** What control wants of a run's shards: an {@link OrdersDocument}. */
export const ordersKey = (run: string): string => `holdfast:orders:${run}`;
/** What a shard has done: a {@link ShardDocument}. */
export const shardKey = (run: string, shard: number): string => `holdfast:shard:${run}:${shard}`;
/** Who has taken a shard: set once, so that a shard handed out twice still runs once. */
export const claimKey = (run: string, shard: number): string => `holdfast:claim:${run}:${shard}`;
/** Long enough to outlive any pause, short enough to leave nothing behind. */
export const documentLivesMs = 120_000;
/** Longest texts that are read, bytes; a shard's holds every histogram and up to 20,000 events. */
export const mostAnnouncementBytes = 64 * 1024;
export const mostOrdersBytes = 16 * 2 ** 20;
export const mostShardBytes = 64 * 2 ** 20;
/** Most agents that are read. */
export const mostAgents = 10_000;
/** A claim outlives its job by far. */
export const claimLivesMs = 86_400_000;

/** Told when a document changed; the documents are read again each second all the same. */
export const ordersChannel = "holdfast:orders";
export const newsChannel = (run: string): string => `holdfast:news:${run}`;
