/**
 * Connections on their way out and back during the hold: churn replaces a steady share, a storm drops many at once and lets them
 * return over a window. A binary heap orders the returns; it holds numbers only.
 *
 *   storm   dropped ----|<------ window ------>|
 *                       x  x x   x  x x  x  x  x    each returns at its own instant; a refused one backs off and tries again
 */
import type { CloseManner } from "../connection/engine.ts";
import { random } from "../plan/random.ts";
import { durationMs } from "../scenario/duration.ts";
import type { ShardPlan } from "./shard-plan.ts";

const mostBackoffMs = 30_000;

export class Returns {
  readonly #plan: ShardPlan;
  readonly #random: () => number;
  /** Heap of return instants and the slots they belong to. */
  readonly #atNs: number[] = [];
  readonly #slots: number[] = [];
  readonly #tries = new Map<number, number>();
  #stormNs = Number.POSITIVE_INFINITY;
  #churned = 0;
  #startNs = 0;
  #endNs = Number.NEGATIVE_INFINITY;
  #churnSlot = 0;

  constructor(plan: ShardPlan) {
    this.#plan = plan;
    this.#random = random(plan.seed + plan.shard);
  }

  /** Connections waiting to come back. */
  get waiting(): number {
    return this.#slots.length;
  }

  hold(startNs: number, endNs: number): void {
    this.#startNs = startNs;
    this.#endNs = endNs;
    const { storm } = this.#plan;
    if (storm !== null) this.#stormNs = startNs + durationMs(storm.after) * 1e6;
  }

  /** Slots to drop now, with the manner: a storm's share at its instant, churn at its pace. Each comes back by itself. */
  drop(atNs: number, isOpen: (slot: number) => boolean, close: (slot: number, manner: CloseManner) => void): boolean {
    if (atNs >= this.#endNs) return false;
    this.#churn(atNs, isOpen, close);
    const { storm, engine } = this.#plan;
    if (storm === null || atNs < this.#stormNs) return false;
    this.#stormNs = Number.POSITIVE_INFINITY;
    if (storm.by === "us") {
      for (let slot = 0; slot < engine.slots; slot++) if (isOpen(slot) && this.#random() < storm.share) close(slot, storm.manner);
    }
    return true;
  }

  #churn(atNs: number, isOpen: (slot: number) => boolean, close: (slot: number, manner: CloseManner) => void): void {
    const { slots } = this.#plan.engine;
    const due = Math.floor((((atNs - this.#startNs) / 60e9) * this.#plan.churnPerMinute * slots) / 100);
    for (; this.#churned < due; this.#churned++) {
      const slot = this.#churnSlot++ % slots;
      if (isOpen(slot)) close(slot, "close-frame");
    }
  }

  /** A connection ended during the hold. Says whether it will come back, and plans when. */
  ended(slot: number, atNs: number, wasOpen: boolean, byUs: boolean): boolean {
    if (atNs >= this.#endNs) return false;
    const { storm } = this.#plan;
    if (storm === null) {
      if (!byUs || !wasOpen || this.#plan.churnPerMinute === 0) return false;
      this.#push(atNs, slot);
      return true;
    }
    const tries = wasOpen ? 0 : (this.#tries.get(slot) ?? 0) + 1;
    if (tries > storm.retries) return false;
    this.#tries.set(slot, tries);
    const windowNs = durationMs(storm.window) * 1e6;
    const backoffNs = Math.min(mostBackoffMs, durationMs(storm.backoff) * 2 ** (tries - 1)) * 1e6;
    const even = slot / this.#plan.engine.slots;
    const place = even + (this.#random() - even) * storm.jitter;
    this.#push(atNs + (tries === 0 ? place * windowNs : backoffNs * (0.5 + this.#random() / 2)), slot);
    return true;
  }

  /** The next slot due to come back, or -1. */
  nextDue(atNs: number): number {
    if (this.#slots.length === 0 || this.#atNs[0]! > atNs) return -1;
    const slot = this.#slots[0]!;
    const lastNs = this.#atNs.pop()!;
    const lastSlot = this.#slots.pop()!;
    if (this.#slots.length > 0) this.#sink(lastNs, lastSlot);
    return slot;
  }

  /** Nothing returns any more. */
  clear(): void {
    this.#endNs = Number.NEGATIVE_INFINITY;
    this.#atNs.length = 0;
    this.#slots.length = 0;
  }

  #push(atNs: number, slot: number): void {
    let at = this.#slots.length;
    this.#atNs.push(atNs);
    this.#slots.push(slot);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#atNs[parent]! <= atNs) break;
      this.#atNs[at] = this.#atNs[parent]!;
      this.#slots[at] = this.#slots[parent]!;
      at = parent;
    }
    this.#atNs[at] = atNs;
    this.#slots[at] = slot;
  }

  #sink(atNs: number, slot: number): void {
    let at = 0;
    for (let child = 1; child < this.#slots.length; child = at * 2 + 1) {
      if (child + 1 < this.#slots.length && this.#atNs[child + 1]! < this.#atNs[child]!) child++;
      if (this.#atNs[child]! >= atNs) break;
      this.#atNs[at] = this.#atNs[child]!;
      this.#slots[at] = this.#slots[child]!;
      at = child;
    }
    this.#atNs[at] = atNs;
    this.#slots[at] = slot;
  }
}
