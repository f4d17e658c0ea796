/**
 * Open loop: each request is sent at its due instant if a connection is free, otherwise as soon as one is. Its latency
 * counts from the due instant either way.
 */
import type { Deadlines } from "./deadlines.ts";
import type { DueTimes } from "./request-plan.ts";
import type { RequestAccounts } from "./requests.ts";
import { SlotRing } from "./slot-ring.ts";

export class OpenLoop {
  readonly #requests: RequestAccounts;
  readonly #until: Deadlines;
  readonly #now: () => number;
  /** Slots that can take a request. */
  readonly #free: SlotRing;
  #due: DueTimes | null = null;

  /** `slots`: number of slots in the shard. */
  constructor(slots: number, requests: RequestAccounts, until: Deadlines, now: () => number) {
    this.#requests = requests;
    this.#until = until;
    this.#now = now;
    this.#free = new SlotRing(slots);
  }

  /** Requests are due from now on. */
  begin(due: DueTimes): void {
    this.#due = due;
  }

  /** Until a request can be sent, milliseconds, at most `mostMs`; `mostMs` when no connection is free. */
  waitMs(mostMs: number): number {
    if (this.#due === null || this.#free.size === 0 || this.#due.nextNs >= this.#until.endNs) return mostMs;
    return Math.max(0, Math.min(mostMs, (this.#due.nextNs - this.#now()) / 1e6));
  }

  /** Sends due requests while a connection is free. Any delay here is the generator's and is recorded as its lag. */
  sendDue(atNs: number): void {
    const due = this.#due;
    if (due === null) return;
    while (this.#free.size > 0 && this.#isDue(due, atNs)) {
      const slot = this.#free.shift();
      if (!this.#requests.canSend(slot)) continue;
      const step = this.#until.stepAt(due.nextNs);
      this.#requests.requests.steps[step]!.lag.recordNs(this.#sendNext(due, slot));
      if (this.#requests.canSend(slot)) this.#free.push(slot);
    }
  }

  /** A slot's connection can take another request: sends those that are queued for it, then marks it as free. */
  ready(slot: number): void {
    const due = this.#due;
    // While another connection is free, no request is queued, or the loop will send it shortly.
    if (due !== null && this.#free.size === 0) {
      const atNs = this.#now();
      while (this.#requests.canSend(slot) && this.#isDue(due, atNs)) this.#sendNext(due, slot);
    }
    if (this.#requests.canSend(slot)) this.#free.push(slot);
  }

  #isDue(due: DueTimes, atNs: number): boolean {
    return due.nextNs <= atNs && due.nextNs < this.#until.endNs && atNs < this.#until.sendNs;
  }

  /** Returns how long after its due instant the request was sent, nanoseconds. */
  #sendNext(due: DueTimes, slot: number): number {
    const dueNs = due.nextNs;
    const sentNs = this.#now();
    due.taken++;
    this.#requests.send(slot, dueNs, sentNs, this.#until.stepAt(dueNs));
    return sentNs - dueNs;
  }

  /** Whether a request that was due before the end may still be sent. */
  hasBacklog(atNs: number): boolean {
    return this.#due !== null && this.#due.nextNs < this.#until.endNs && atNs < this.#until.sendNs;
  }

  /** Counts the requests due before the end that were never sent. */
  countUnsent(): void {
    if (this.#until.endNs === Number.POSITIVE_INFINITY) return;
    const { steps } = this.#requests.requests;
    this.#due?.skipBefore(this.#until.endNs, (dueNs) => steps[this.#until.stepAt(dueNs)]!.unsent++);
  }
}
