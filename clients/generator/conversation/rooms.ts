/**
 * The rooms of one publish in a shard: who publishes into which, which slots should have it, and each slot's place for
 * each publisher.
 */

import type { RoomsPlan } from "../../plan/conversation-plan.ts";

export class Rooms {
  readonly ofPublisher: Int32Array;
  readonly ofSlot: Int32Array;
  /** A slot's number as a publisher; -1 for none. */
  readonly publisherOf: Int32Array;
  /** How many pairs of publisher and receiver there are in this shard. */
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

  /** The place of what a slot has had of a publisher of its room. */
  pair(slot: number, publisher: number): number {
    return this.#firstPair[slot]! + this.#placeOf[publisher]!;
  }
}
