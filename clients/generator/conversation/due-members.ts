/**
 * The instants at which connections are due to send, open loop: member m of M is due at base + (m / M + round) x every,
 * so that the load is even however many there are. A shard walks its own members; what all shards send adds up to the
 * plan at every instant.
 *
 *   every     |---------------|---------------|
 *   member 0  x               x
 *   member 1      x               x
 *   member 2          x               x
 */
export class DueMembers {
  readonly everyNs: number;
  /** Slots of the members of this shard, in the order of their instants, and how far into `every` each is due. */
  readonly #slots: Int32Array;
  readonly #phasesNs: Float64Array;
  #baseNs = Number.POSITIVE_INFINITY;
  #endNs = Number.NEGATIVE_INFINITY;
  #round = 0;
  #place = 0;
  /** Of the message {@link take} gave last. */
  dueNs = 0;
  round = 0;

  /** `ranks`: each slot's number among all `total` members of the run. */
  constructor(slots: readonly number[], ranks: readonly number[], total: number, everyMs: number) {
    this.everyNs = everyMs * 1e6;
    this.#slots = Int32Array.from(slots);
    this.#phasesNs = Float64Array.from(ranks, (rank) => (rank / total) * this.everyNs);
  }

  /** Instants from `baseNs` on, before `endNs`. */
  begin(baseNs: number, endNs: number): void {
    this.#baseNs = baseNs;
    this.#endNs = endNs;
    this.#round = 0;
    this.#place = 0;
  }

  end(endNs: number): void {
    this.#endNs = Math.min(this.#endNs, endNs);
  }

  /** When the next is due; infinite when none is any more. */
  get nextNs(): number {
    if (this.#slots.length === 0) return Number.POSITIVE_INFINITY;
    const atNs = this.#baseNs + this.#round * this.everyNs + this.#phasesNs[this.#place]!;
    return atNs < this.#endNs ? atNs : Number.POSITIVE_INFINITY;
  }

  /** Takes the next member that is due by `nowNs`: its slot, or -1. */
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
