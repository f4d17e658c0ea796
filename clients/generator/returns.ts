/**
 * Connections that leave and return: churn replaces a steady share, a storm drops many at once and spreads their return
 * over a window, and a reconnect policy brings back, from the start of the ramp on, connections that were lost or
 * refused for other reasons.
 *
 *   storm   dropped ----|<------ window ------>|
 *                       x  x x   x  x x  x  x  x    each returns at its own instant; refused ones back off
 *
 * Drops made by the generator are planned closes; drops made by the target are unexpected ones, counted by cause, which
 * the report separates when the scenario declares the storm as the target's. A connection belongs to the storm once:
 * losing it again is an ordinary loss.
 */
import type { LastEvents } from "../connection/codec/last-events.ts";
import type { CloseManner } from "../connection/engine.ts";
import { type Cause, type CauseCode, isUnexpectedClose } from "../measure/cause.ts";
import { seededRandom } from "../measure/statistics/seeded-random.ts";
import { mostBackoffMs, reconnectRule, reconnectWaitMs } from "../plan/reconnect-plan.ts";
import { durationMs } from "../scenario/duration.ts";
import { DueQueue } from "./due-queue.ts";
import type { ShardPlan } from "./plan.ts";

/** Why the generator closes a slot, or where the slot is in the storm. */
const untouched = 0;
const churned = 1;
/** Chosen by the storm but not yet ended; ended and not yet back; back. */
const chosen = 2;
const away = 3;
const back = 4;

/**
 * What happens to a connection that ended: it stays away (nothing brings it back), returns after a planned close,
 * returns as part of the storm, returns by the reconnect policy ("lost"), was given up by the policy, or was told by
 * the target to stay away ("stopped").
 */
export type Fate = "stays" | "returns" | "storm" | "lost" | "given-up" | "stopped";

/** Tells an event stream client not to reconnect (WHATWG HTML, section 9.2.3). */
const noContent = 204;

/** Closes a slot that was due to be dropped at an instant. */
type Closes = (slot: number, manner: CloseManner, dueNs: number) => void;

export class Returns {
  readonly #plan: ShardPlan;
  readonly #lastEvents: LastEvents | null;
  readonly #random: () => number;
  readonly #queue = new DueQueue();
  readonly #part: Uint8Array;
  /** 1 for a slot in the queue; maintained only where stages may open a slot that is queued. */
  readonly #isWaiting: Uint8Array;
  /**
   * Attempts since the slot last opened; without a reconnect policy, over the whole run, limited by the storm's
   * retries.
   */
  readonly #tries: Uint16Array;
  /** When the storm is due, and when it began; a storm of the target begins with its first drop after the due time. */
  #stormDueNs = Number.POSITIVE_INFINITY;
  #stormNs = Number.POSITIVE_INFINITY;
  #churned = 0;
  #startNs = Number.POSITIVE_INFINITY;
  #endNs = Number.NEGATIVE_INFINITY;
  #churnSlot = 0;

  /** `lastEvents`: the last event ids and reconnect delays that event streams sent. */
  constructor(plan: ShardPlan, lastEvents: LastEvents | null = null) {
    this.#plan = plan;
    this.#lastEvents = lastEvents;
    this.#random = seededRandom(plan.seed + plan.shard);
    this.#part = new Uint8Array(plan.engine.slots);
    this.#isWaiting = new Uint8Array(plan.stages === undefined ? 0 : plan.engine.slots);
    this.#tries = new Uint16Array(plan.storm === null && plan.reconnect === undefined ? 0 : plan.engine.slots);
    // A policy applies from the start; churn and storms only during the hold.
    if (plan.reconnect !== undefined) this.#endNs = Number.POSITIVE_INFINITY;
  }

  /** When the storm began, CLOCK_MONOTONIC; infinite before. */
  get stormNs(): number {
    return this.#stormNs;
  }

  hold(startNs: number, endNs: number): void {
    this.#startNs = startNs;
    this.#endNs = endNs;
    const { storm } = this.#plan;
    if (storm !== null) this.#stormDueNs = startNs + durationMs(storm.after) * 1e6;
  }

  /**
   * Closes what is due to be dropped: a storm's share at its instant, churn at its rate. Each slot returns on its own.
   * `skip` is called for slots due to be replaced that are not open.
   */
  drop(
    atNs: number,
    isOpen: (slot: number) => boolean,
    close: Closes,
    skip: (slot: number, dueNs: number) => void,
  ): void {
    if (atNs >= this.#endNs) return;
    this.#churn(atNs, isOpen, close, skip);
    this.#blow(atNs, isOpen, close);
  }

  #blow(atNs: number, isOpen: (slot: number) => boolean, close: Closes): void {
    const { storm, engine } = this.#plan;
    if (storm === null || storm.by === "target" || atNs < this.#stormDueNs) return;
    this.#stormDueNs = Number.POSITIVE_INFINITY;
    this.#stormNs = atNs;
    for (let slot = 0; slot < engine.slots; slot++) {
      if (!isOpen(slot) || this.#random() >= storm.share) continue;
      this.#part[slot] = chosen;
      close(slot, storm.manner, atNs);
    }
  }

  #churn(
    atNs: number,
    isOpen: (slot: number) => boolean,
    close: Closes,
    skip: (slot: number, dueNs: number) => void,
  ): void {
    const { churnPerMinute, engine } = this.#plan;
    const everyNs = 6e12 / (churnPerMinute * engine.slots);
    const due = churnPerMinute === 0 ? 0 : Math.floor((atNs - this.#startNs) / everyNs);
    while (this.#churned < due) {
      const dueNs = this.#startNs + ++this.#churned * everyNs;
      const slot = this.#churnSlot++ % engine.slots;
      if (!isOpen(slot)) {
        skip(slot, dueNs);
        continue;
      }
      if (this.#part[slot] === untouched) this.#part[slot] = churned;
      close(slot, "close-frame", dueNs);
    }
  }

  /** When the first queued slot is due to return; infinite when the queue is empty. */
  get firstNs(): number {
    return this.#queue.firstNs;
  }

  /** A connection ended, or was refused, before the end of the hold: classifies the end and schedules its return. */
  ended(slot: number, atNs: number, wasOpen: boolean, cause: Cause, code: CauseCode = 0): Fate {
    if (atNs >= this.#endNs) return "stays";
    const { storm, reconnect } = this.#plan;
    const part = this.#part[slot]!;
    if (wasOpen && cause === "planned" && part !== chosen) {
      if (atNs < this.#startNs) return "stays";
      if (part === churned) this.#part[slot] = untouched;
      this.#wait(atNs, slot);
      return "returns";
    }
    if (part === chosen) return this.#blownAway(slot, atNs);
    if (
      storm?.by === "target" &&
      wasOpen &&
      part === untouched &&
      atNs >= this.#stormDueNs &&
      isUnexpectedClose(cause)
    ) {
      this.#stormNs = Math.min(this.#stormNs, atNs);
      return this.#blownAway(slot, atNs);
    }
    if (this.#lastEvents !== null && !wasOpen && code === noContent) return "stopped";
    if (reconnect !== undefined && part !== away) return this.#byPolicy(slot, atNs, cause);
    // Refused, or lost again, after the storm began: retried with exponential backoff, as a client would.
    if (storm === null || atNs < this.#stormNs || this.#tries[slot]! >= storm.retries) return "stays";
    const tries = ++this.#tries[slot]!;
    const backoffNs = Math.min(mostBackoffMs, durationMs(storm.backoff) * 2 ** (tries - 1)) * 1e6;
    this.#wait(atNs + backoffNs * (0.5 + this.#random() / 2), slot);
    return "returns";
  }

  #byPolicy(slot: number, atNs: number, cause: Cause): Fate {
    const rule = reconnectRule(this.#plan.reconnect!, cause);
    if (rule === null) return "stays";
    if (this.#tries[slot]! >= rule.retries) return "given-up";
    const attempt = ++this.#tries[slot]!;
    const retryMs = this.#lastEvents?.retryMs(slot) ?? Number.NaN;
    // A delay set by the target is the minimum a client waits, so no jitter is applied to it.
    const told = Number.isNaN(retryMs) ? rule : { ...rule, afterMs: retryMs, jitter: 0 };
    this.#wait(atNs + reconnectWaitMs(told, attempt, this.#random()) * 1e6, slot);
    return "lost";
  }

  #blownAway(slot: number, atNs: number): Fate {
    const storm = this.#plan.storm!;
    this.#part[slot] = away;
    const even = slot / this.#plan.engine.slots;
    const place = even + (this.#random() - even) * storm.jitter;
    this.#wait(Math.max(atNs, this.#stormNs + place * durationMs(storm.window) * 1e6), slot);
    return "storm";
  }

  #wait(untilNs: number, slot: number): void {
    this.#isWaiting[slot] = 1;
    this.#queue.push(untilNs, slot);
  }

  /** Whether a slot is queued to return; maintained only where there are stages. */
  isWaiting(slot: number): boolean {
    return this.#isWaiting[slot] === 1;
  }

  /** A connection opened. */
  opened(slot: number): void {
    if (this.#part[slot] === away) this.#part[slot] = back;
    if (this.#plan.reconnect !== undefined) this.#tries[slot] = 0;
  }

  /** Milliseconds until the next slot is due to return; infinite when none is queued. */
  waitMs(atNs: number): number {
    return Math.max(0, Math.ceil((this.#queue.firstNs - atNs) / 1e6));
  }

  /** The next slot due to return, or -1. */
  nextDue(atNs: number): number {
    const slot = this.#queue.take(atNs);
    if (slot >= 0) this.#isWaiting[slot] = 0;
    return slot;
  }

  /** Cancels all returns. */
  clear(): void {
    this.#endNs = Number.NEGATIVE_INFINITY;
    this.#queue.clear();
  }
}
