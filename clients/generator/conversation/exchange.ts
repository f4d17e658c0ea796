/**
 * A kind of message that is sent again and again and may want an answer: a heartbeat or a request. Every one that was
 * due is answered, late, lost or unsent. An answer that carries the id of its message ends that message; else answers
 * end messages in their order, and a message whose time is over is given up when the next is sent.
 */
import { type exchangeCounters, type Part, roundTrip, sendLag } from "../../measure/conversation-tally.ts";
import type { Histogram } from "../../measure/histogram/histogram.ts";

/** Messages whose time is over and whose answer may still come: beyond this the oldest are given up. */
const maxOverdue = 10_000;

export class Exchange {
  readonly #counts: Part<(typeof exchangeCounters)[number]>["counts"];
  readonly #latency: Histogram;
  readonly #lag: Histogram;
  readonly #slots: number;
  readonly #withinNs: number;
  /** KEY (sequence x slots + slot) -> when it was written, oldest first: in time, and overdue. */
  readonly #inTime = new Map<number, number>();
  readonly #overdue = new Map<number, number>();
  /** How many each slot has sent, and the first that may still be answered. */
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

  /** The number of a slot's next message. */
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
    // Without an id nobody could tell its late answer from the next one's.
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
  /** Answers carry the id of their message. */
  byId(): void {
    this.#isById = true;
  }

  /** The answer to a slot's message number `sequence`; -1: to its oldest. */
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
      // We may have read it before we looked at the clock for those that are over.
      if (atNs - writtenNs > this.#withinNs) this.#counts.late++;
      else this.#counts.answered++;
      this.#latency.recordNs(Math.max(0, atNs - writtenNs));
      return true;
    }
    const overdueNs = this.#overdue.get(key);
    if (overdueNs === undefined) return false;
    this.#overdue.delete(key);
    this.#counts.lost--;
    // The stamp says when it came; that we read it after its time was over is no fault of the target's.
    if (atNs - overdueNs > this.#withinNs) this.#counts.late++;
    else this.#counts.answered++;
    this.#latency.recordNs(Math.max(0, atNs - overdueNs));
    return true;
  }

  /** Counts as lost what was not answered in its time; the answer may still make it late. */
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
   * A connection ended: nothing it waits for can come. What we ended ourselves we did not wait for, and it was never
   * due.
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

  /** Whether an answer may still come, in time or late. */
  get isOutstanding(): boolean {
    return this.#inTime.size + this.#overdue.size > 0;
  }
}
