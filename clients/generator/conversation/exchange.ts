/**
 * A message that is sent repeatedly and may expect an answer: a heartbeat or a request. Each due message ends up
 * answered, late, lost or unsent. An answer that carries a message id completes that message; otherwise answers
 * complete messages in order, and a message past its deadline is given up when the next one is sent.
 */
import { type exchangeCounters, type Part, roundTrip, sendLag } from "../../measure/conversation-tally.ts";
import type { Histogram } from "../../measure/histogram/histogram.ts";

/** Most messages past their deadline whose late answer is still recognized; beyond this the oldest are given up. */
const maxOverdue = 10_000;

export class Exchange {
  readonly #counts: Part<(typeof exchangeCounters)[number]>["counts"];
  readonly #latency: Histogram;
  readonly #lag: Histogram;
  readonly #slots: number;
  readonly #withinNs: number;
  /** Key (sequence x slots + slot) -> when it was written, oldest first: within the deadline, and past it. */
  readonly #inTime = new Map<number, number>();
  readonly #overdue = new Map<number, number>();
  /** How many messages each slot has sent, and the first that may still be answered. */
  readonly #sent: Uint32Array;
  readonly #first: Uint32Array;
  readonly wantsAnswer: boolean;

  constructor(part: Part<(typeof exchangeCounters)[number]>, slots: number, withinMs: number, wantsAnswer: boolean) {
    this.#counts = part.counts;
    this.#latency = part.histograms[roundTrip]!;
    this.#lag = part.histograms[sendLag]!;
    this.#slots = slots;
    this.#withinNs = withinMs * 1e6;
    this.#sent = new Uint32Array(slots);
    this.#first = new Uint32Array(slots);
    this.wantsAnswer = wantsAnswer;
  }

  /** Sequence number of a slot's next message. */
  next(slot: number): number {
    return this.#sent[slot]!;
  }

  unsent(): void {
    this.#counts.unsent++;
  }

  sent(slot: number, writtenNs: number, dueNs: number): void {
    const sequence = this.#sent[slot]!++;
    this.#lag.recordNs(Math.max(0, writtenNs - dueNs));
    if (!this.wantsAnswer) {
      this.#counts.sentOnly++;
      return;
    }
    // Without ids, a late answer to this message would be taken for the answer to the next one.
    while (this.#first[slot]! < sequence && !this.#inTime.has(this.#key(slot, this.#first[slot]!)))
      this.#giveUp(slot, this.#first[slot]!++);
    this.#inTime.set(this.#key(slot, sequence), writtenNs);
    this.#counts.inFlight++;
  }

  #key(slot: number, sequence: number): number {
    return sequence * this.#slots + slot;
  }

  #giveUp(slot: number, sequence: number): void {
    if (!this.#isById) this.#overdue.delete(this.#key(slot, sequence));
  }

  #isById = false;
  /** From now on answers carry the id of their message. */
  byId(): void {
    this.#isById = true;
  }

  /** Records the answer to a slot's message number `sequence`; -1: to its oldest pending one. */
  answered(slot: number, sequence: number, atNs: number): void {
    if (sequence < 0) return this.#answeredInOrder(slot, atNs);
    if (!this.#settle(slot, sequence, atNs)) this.#counts.duplicated++;
  }

  #answeredInOrder(slot: number, atNs: number): void {
    for (; this.#first[slot]! < this.#sent[slot]!; this.#first[slot]!++) {
      if (!this.#settle(slot, this.#first[slot]!, atNs)) continue;
      this.#first[slot]!++;
      return;
    }
    this.#counts.duplicated++;
  }

  #settle(slot: number, sequence: number, atNs: number): boolean {
    const key = this.#key(slot, sequence);
    const writtenNs = this.#inTime.get(key);
    if (writtenNs !== undefined) {
      this.#inTime.delete(key);
      this.#counts.inFlight--;
      // The answer may have been read just before overdue messages were expired, so its stamp decides.
      if (atNs - writtenNs > this.#withinNs) this.#counts.late++;
      else this.#counts.answered++;
      this.#latency.recordNs(Math.max(0, atNs - writtenNs));
      return true;
    }
    const overdueNs = this.#overdue.get(key);
    if (overdueNs === undefined) return false;
    this.#overdue.delete(key);
    this.#counts.lost--;
    // The stamp decides: reading an answer after its deadline is the generator's delay, not the target's.
    if (atNs - overdueNs > this.#withinNs) this.#counts.late++;
    else this.#counts.answered++;
    this.#latency.recordNs(Math.max(0, atNs - overdueNs));
    return true;
  }

  /** Counts messages past their deadline as lost; an answer that still arrives turns them into late ones. */
  expire(nowNs: number): void {
    for (const [key, writtenNs] of this.#inTime) {
      if (nowNs - writtenNs <= this.#withinNs) return;
      this.#inTime.delete(key);
      this.#counts.inFlight--;
      this.#counts.lost++;
      this.#overdue.set(key, writtenNs);
      if (this.#overdue.size > maxOverdue) this.#overdue.delete(this.#overdue.keys().next().value as number);
    }
  }

  /**
   * A connection ended, so its pending answers cannot arrive. When the generator closed it (`isOurs`), pending messages
   * within their deadline are no longer counted as due.
   */
  closed(slot: number, isOurs: boolean): void {
    for (let sequence = this.#first[slot]!; sequence < this.#sent[slot]!; sequence++) {
      const key = this.#key(slot, sequence);
      this.#overdue.delete(key);
      if (!this.#inTime.delete(key)) continue;
      this.#counts.inFlight--;
      if (!isOurs) this.#counts.lost++;
    }
    this.#first[slot] = this.#sent[slot]!;
  }

  /** Whether an answer, on time or late, may still arrive. */
  get isOutstanding(): boolean {
    return this.#inTime.size + this.#overdue.size > 0;
  }
}
