/** Closed-loop users who pause between a response and their next request. */
import { DueQueue } from "../due-queue.ts";

export class ThinkTime {
  readonly #thinkNs: number;
  readonly #now: () => number;
  readonly #thinking = new DueQueue();

  constructor(thinkMs: number, now: () => number) {
    this.#thinkNs = thinkMs * 1e6;
    this.#now = now;
  }

  begin(slot: number): void {
    this.#thinking.push(this.#now() + this.#thinkNs, slot);
  }

  /** A user whose think time is over, -1 when there is none. */
  next(): number {
    return this.#thinking.take(this.#now());
  }

  /** Until the next user's think time is over, milliseconds; infinite when none is waiting. */
  get waitMs(): number {
    return Math.max(0, (this.#thinking.firstNs - this.#now()) / 1e6);
  }
}
