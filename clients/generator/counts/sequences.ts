/** Counts pushes by the numbers a service gives them: reads each number, classifies it and counts it in the tally. */

import type { Tally } from "../../measure/tally.ts";
import type { ShardPlan } from "../plan.ts";
import { excerptOf } from "./excerpt.ts";
import type { PartOfSlot } from "./ledger.ts";
import { SequenceLedger } from "./sequence-ledger.ts";
import { SequenceReader } from "./sequence-reader.ts";

export class Sequences {
  readonly #reader: SequenceReader;
  readonly #ledger: SequenceLedger;
  readonly #tally: Tally;
  readonly #slowSlots: number;
  /** When a number was last found missing. */
  #missedNs = Number.NEGATIVE_INFINITY;

  constructor(plan: ShardPlan, sequence: string, tally: Tally) {
    this.#reader = new SequenceReader(sequence, plan.push.channel);
    this.#ledger = new SequenceLedger(plan.engine.slots, this.#reader.hasChannels);
    this.#tally = tally;
    this.#slowSlots = plan.engine.slowSlots;
  }

  open(slot: number): void {
    this.#ledger.open(slot);
  }

  /** True when the message is a push received for the first time. */
  message(slot: number, bytes: Buffer, start: number, end: number, atNs: number, isText: boolean): boolean {
    const { counts } = this.#tally;
    const number = this.#reader.read(bytes, start, end, isText);
    if (number < 0) {
      if (this.#tally.unnumbered === "") this.#tally.unnumbered = excerptOf(bytes, start, end, isText);
      return false;
    }
    counts.numbered++;
    const before = this.#ledger.lostOf[slot]!;
    const kind = this.#ledger.record(slot, this.#reader.channel, number);
    const missed = this.#ledger.lostOf[slot]! - before;
    if (missed > 0) this.#missedNs = atNs;
    const isSlow = slot < this.#slowSlots;
    if (isSlow) counts.slowLost += missed;
    else counts.lost += missed;
    if (kind === "restarted") counts.renumbered++;
    if (kind === "duplicate") {
      counts.duplicated++;
      return false;
    }
    if (kind === "out-of-order") counts.outOfOrder++;
    if (isSlow) counts.slowReceived++;
    else counts.received++;
    return true;
  }

  /** Whether a missing number may still arrive: one was found missing less than a second ago. */
  isOutstanding(nowNs: number): boolean {
    return nowNs - this.#missedNs < 1e9;
  }

  /** Losses by group; `groupOf` gives each slot's group. */
  lostBy(groupOf: PartOfSlot): number[] {
    const lost: number[] = [];
    for (let slot = this.#slowSlots; slot < groupOf.length; slot++)
      lost[groupOf[slot]!] = (lost[groupOf[slot]!] ?? 0) + this.#ledger.lostOf[slot]!;
    return lost;
  }
}
