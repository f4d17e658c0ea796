/** Users of a closed loop who think between an answer and their next request. */
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

  /** A user who is through with it, -1 when none is. */
  next(): number {
    return this.#thinking.take(this.#now());
  }

  /** Until the next is, milliseconds; infinite when nobody thinks. */
  get waitMs(): number {
    return Math.max(0, (this.#thinking.firstNs - this.#now()) / 1e6);
  }
}
