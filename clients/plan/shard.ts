/**
 * Splits a plan over shards. Shard s of n takes connections s, s+n, s+2n, ...: at every instant the shards' due
 * connections add up exactly to the run's, and each shard's ramp is as smooth as the whole.
 */

/** How many of `total` numbered items belong to shard `shard` of `shards`. */
export function shareOf(total: number, shard: number, shards: number): number {
  return total <= shard ? 0 : Math.floor((total - 1 - shard) / shards) + 1;
}

/** The run-wide number of a shard's connection `slot`. */
export function connectionNumber(slot: number, shard: number, shards: number): number {
  return slot * shards + shard;
}

/** Most connections per shard process: beyond this a burst takes too long to read. */
export const connectionsPerShard = 15_000;
/** Descriptors a shard process needs in addition to its connections. */
export const sparedDescriptors = 64;

/** Number of shard processes for a plan: enough for each to stay within its size and its descriptors. */
export function shardCount(connections: number, descriptorsPerProcess: number): number {
  const most = Math.min(connectionsPerShard, Math.max(1, descriptorsPerProcess - sparedDescriptors));
  return Math.max(1, Math.ceil(connections / most));
}

/**
 * Share of the local port range used by one source address towards one destination. Linux first tries the ports of one
 * parity and scans all of them in vain once they are taken: beyond half the range a connect blocks its caller for
 * milliseconds (observed: with 45,000 connections a shard stalled for 2.9 s; with a second address for 0.2 s).
 */
const shareOfPorts = 0.45;

/** Loopback addresses to connect from: none (the system's choice) while one is enough. */
export function loopbackSources(connections: number, destinations: number, portsPerSource: number): string[] {
  const perSource = Math.max(1, Math.floor(portsPerSource * shareOfPorts));
  const needed = Math.ceil(connections / destinations / perSource);
  if (needed <= 1) return [];
  return Array.from({ length: needed }, (_, i) => `127.0.${Math.floor(i / 250)}.${(i % 250) + 1}`);
}
