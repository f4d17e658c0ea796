/**
 * Decides which slots of a shard should be open: those the ramp has reached, then those of the current stage. Opens and
 * closes slots accordingly; slots that end or reconnect on their own are not opened a second time.
 */
import { rampDue } from "../plan/ramp.ts";
import { shareOf } from "../plan/shard.ts";
import { type Accounts, slotState } from "./counts/connections.ts";
import type { ShardPlan } from "./plan.ts";
import type { Returns } from "./returns.ts";
import { Stages } from "./stages.ts";

/** Most concurrent connects in one shard, and most concurrent closes by a stage: within a typical accept backlog. */
export const mostConnecting = 512;

/** The shard's functions for opening and closing a slot. */
export interface Hands {
  open(slot: number): void;
  close(slot: number): void;
}

export class Load {
  readonly stages: Stages;
  readonly #plan: ShardPlan;
  readonly #accounts: Accounts;
  readonly #returns: Returns;
  readonly #hands: Hands;
  /** Slots below this one should be open. */
  #begun = 0;
  /** Opened after their stage was over: to be closed. */
  readonly #surplus: number[] = [];

  constructor(plan: ShardPlan, accounts: Accounts, returns: Returns, hands: Hands) {
    this.#plan = plan;
    this.#accounts = accounts;
    this.#returns = returns;
    this.#hands = hands;
    this.stages = new Stages(plan, accounts.tally);
  }

  /** Whether a slot should be open now. */
  wants(slot: number): boolean {
    return slot < this.#begun;
  }

  get isRamped(): boolean {
    return this.#begun >= this.stages.rampSlots;
  }

  /** How many slots the ramp has reached after this long, in milliseconds. */
  rampedBy(elapsedMs: number): number {
    const { shard, shards, connections, rampPerSecond } = this.#plan;
    const planned = shareOf(rampDue(connections, rampPerSecond, elapsedMs), shard, shards);
    return Math.min(planned, this.stages.rampSlots);
  }

  /** The next slot to open in the ramp, or -1 when it has reached no further slot. */
  next(ramped: number): number {
    return this.#begun < ramped ? this.#begun++ : -1;
  }

  /** Opens and closes slots to match the current stage. */
  follow(atNs: number): void {
    const { state, tally } = this.#accounts;
    const due = this.stages.slotsAt(atNs);
    for (; this.#begun < due && tally.counts.connecting < mostConnecting; this.#begun++)
      if (state[this.#begun] === slotState.idle && !this.#returns.isWaiting(this.#begun)) this.#hands.open(this.#begun);
    while (this.#begun > due && tally.counts.closing < mostConnecting) this.#closeIfOpen(--this.#begun);
    for (let slot = this.#surplus.pop(); slot !== undefined; slot = this.#surplus.pop())
      if (!this.wants(slot)) this.#closeIfOpen(slot);
  }

  #closeIfOpen(slot: number): void {
    if (this.#accounts.state[slot] === slotState.open) this.#hands.close(slot);
  }

  opened(slot: number): void {
    if (!this.wants(slot)) this.#surplus.push(slot);
  }
}
