/** The groups of a shard's slots, and each slot's rank among the run's members of its group. */
import { layOutGroups } from "../../plan/groups.ts";

export class SlotGroups {
  readonly ofSlot: Uint8Array;
  readonly #groups: readonly { name: string; connections: number }[];
  readonly #shard: number;
  readonly #shards: number;

  constructor(
    groups: readonly { name: string; connections: number }[],
    slots: number,
    { shard, shards }: { shard: number; shards: number },
  ) {
    this.#groups = groups;
    this.#shard = shard;
    this.#shards = shards;
    this.ofSlot = new Uint8Array(slots);
    this.#walk((slot, group) => {
      if (slot >= 0) this.ofSlot[slot] = group;
    });
  }

  #walk(visit: (slot: number, group: number, index: number) => void): void {
    layOutGroups(
      this.#groups.map(({ connections }) => connections),
      (index, group) =>
        visit(index % this.#shards === this.#shard ? Math.floor(index / this.#shards) : -1, group, index),
    );
  }

  nameOf(slot: number): string {
    return this.#groups[this.ofSlot[slot]!]?.name ?? "";
  }

  /**
   * This shard's members of the given groups: their slots and their ranks among all members of the run, and the shard
   * of every member.
   */
  membersOf(groups: readonly number[]): { slots: number[]; ranks: number[]; total: number; shardOf: number[] } {
    const slots: number[] = [];
    const ranks: number[] = [];
    const shardOf: number[] = [];
    let total = 0;
    this.#walk((slot, group, index) => {
      if (!groups.includes(group)) return;
      shardOf.push(index % this.#shards);
      if (slot >= 0) {
        slots.push(slot);
        ranks.push(total);
      }
      total++;
    });
    return { slots, ranks, total, shardOf };
  }
}
