/** When each shard was last heard from, and which have been silent for too long. Times are CLOCK_MONOTONIC. */

/** A shard that sends nothing for this long is considered dead, nanoseconds. */
export const mostQuietNs = 20e9;
/** Expected interval between checks, nanoseconds. */
const tickNs = 1e9;

export class ShardLiveness {
  readonly #heardNs = new Map<number, number>();
  #tickedNs = Number.POSITIVE_INFINITY;
  /** Total delay of the coordinator's own late checks, nanoseconds. */
  lateNs = 0;

  heard(shard: number, atNs: number): void {
    this.#heardNs.set(shard, atNs);
  }

  /**
   * Call once a second, before {@link isQuiet}. When the coordinator itself is late by more than half a second,
   * messages from shards may be waiting unread, so their silence meanwhile does not count.
   */
  tick(atNs: number): void {
    const lateNs = atNs - this.#tickedNs - tickNs;
    this.#tickedNs = atNs;
    if (!(lateNs > tickNs / 2)) return;
    this.lateNs += lateNs;
    for (const [shard, heardNs] of this.#heardNs) this.#heardNs.set(shard, heardNs + lateNs);
  }

  /** Whether a shard has been silent for too long; false for one not heard from yet. */
  isQuiet(shard: number, atNs: number): boolean {
    return atNs - (this.#heardNs.get(shard) ?? Number.POSITIVE_INFINITY) > mostQuietNs;
  }
}
