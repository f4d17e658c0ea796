/**
 * The rooms of one publish block within a shard: who publishes in which room, which slots receive it, and an index for
 * each pair of slot and publisher.
 */

import type { RoomsPlan } from "../../plan/conversation-plan.ts";

export class Rooms {
  readonly ofPublisher: Int32Array;
  readonly ofSlot: Int32Array;
  /** A slot's publisher number; -1 when it does not publish. */
  readonly publisherOf: Int32Array;
  /** Number of publisher-receiver pairs in this shard. */
  readonly pairs: number;
  readonly #members = new Map<number, number[]>();
  readonly #placeOf: Int32Array;
  readonly #firstPair: Float64Array;

  constructor(plan: RoomsPlan, publisherSlots: readonly number[], publisherNumbers: readonly number[]) {
    this.ofPublisher = Int32Array.from(plan.publishers);
    this.ofSlot = Int32Array.from(plan.slots);
    this.publisherOf = new Int32Array(plan.slots.length).fill(-1);
    for (const [place, slot] of publisherSlots.entries()) this.publisherOf[slot] = publisherNumbers[place]!;
    this.#placeOf = new Int32Array(plan.publishers.length);
    for (const [publisher, room] of plan.publishers.entries()) {
      const members = this.#members.get(room) ?? [];
      this.#placeOf[publisher] = members.push(publisher) - 1;
      this.#members.set(room, members);
    }
    this.#firstPair = new Float64Array(plan.slots.length);
    let pairs = 0;
    for (const [slot, room] of plan.slots.entries()) {
      this.#firstPair[slot] = pairs;
      pairs += this.publishersIn(room).length;
    }
    this.pairs = pairs;
  }

  publishersIn(room: number): readonly number[] {
    return this.#members.get(room) ?? [];
  }

  /** Index of the pair of a slot and a publisher of its room. */
  pair(slot: number, publisher: number): number {
    return this.#firstPair[slot]! + this.#placeOf[publisher]!;
  }
}
