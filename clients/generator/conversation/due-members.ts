/**
 * When each connection is due to send, open loop: member m of M is due at base + (m / M + round) x every, so the load
 * is even for any number of members. A shard walks only its own members; the sends of all shards add up to the plan at
 * every instant.
 *
 *   every     |---------------|---------------|
 *   member 0  x               x
 *   member 1      x               x
 *   member 2          x               x
 */
export class DueMembers {
  readonly everyNs: number;
  /** Slots of this shard's members ordered by due time, and each one's offset within `every`. */
  readonly #slots: Int32Array;
  readonly #phasesNs: Float64Array;
  #baseNs = Number.POSITIVE_INFINITY;
  #endNs = Number.NEGATIVE_INFINITY;
  #round = 0;
  #place = 0;
  /** Due instant and round of the message last returned by {@link take}. */
  dueNs = 0;
  round = 0;

  /** `ranks`: each slot's rank among all `total` members of the run. */
  constructor(slots: readonly number[], ranks: readonly number[], total: number, everyMs: number) {
    this.everyNs = everyMs * 1e6;
    this.#slots = Int32Array.from(slots);
    this.#phasesNs = Float64Array.from(ranks, (rank) => (rank / total) * this.everyNs);
  }

  /** Schedules instants from `baseNs` on and before `endNs`. */
  begin(baseNs: number, endNs: number): void {
    this.#baseNs = baseNs;
    this.#endNs = endNs;
    this.#round = 0;
    this.#place = 0;
  }

  end(endNs: number): void {
    this.#endNs = Math.min(this.#endNs, endNs);
  }

  /** When the next member is due; infinite when there is none. */
  get nextNs(): number {
    if (this.#slots.length === 0) return Number.POSITIVE_INFINITY;
    const atNs = this.#baseNs + this.#round * this.everyNs + this.#phasesNs[this.#place]!;
    return atNs < this.#endNs ? atNs : Number.POSITIVE_INFINITY;
  }

  /** Returns the slot of the next member due by `nowNs`, or -1. */
  take(nowNs: number): number {
    const atNs = this.nextNs;
    if (atNs > nowNs) return -1;
    const slot = this.#slots[this.#place]!;
    this.dueNs = atNs;
    this.round = this.#round;
    this.#place++;
    if (this.#place === this.#slots.length) {
      this.#place = 0;
      this.#round++;
    }
    return slot;
  }
}
