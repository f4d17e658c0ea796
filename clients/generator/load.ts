/**
 * Which slots of a shard are to be open: those that the ramp has come to, and then those of the stage that is on. It
 * opens and closes what follows from that; who ends, or comes back, by itself is not asked again.
 */
import { rampDue } from "../plan/ramp.ts";
import { shareOf } from "../plan/shard.ts";
import { type Accounts, slotState } from "./counts/connections.ts";
import type { ShardPlan } from "./plan.ts";
import type { Returns } from "./returns.ts";
import { Stages } from "./stages.ts";

/** Most connects in flight in one shard, and most closes by a stage: within a usual accept backlog. */
export const mostConnecting = 512;

/** How the shard opens and closes a slot. */
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
  /** Slots below it are to be open. */
  #begun = 0;
  /** Opened when their stage was over: to be closed. */
  readonly #surplus: number[] = [];

  constructor(plan: ShardPlan, accounts: Accounts, returns: Returns, hands: Hands) {
    this.#plan = plan;
    this.#accounts = accounts;
    this.#returns = returns;
    this.#hands = hands;
    this.stages = new Stages(plan, accounts.tally);
  }

  /** Whether a slot is to be open now. */
  wants(slot: number): boolean {
    return slot < this.#begun;
  }

  get isRamped(): boolean {
    return this.#begun >= this.stages.rampSlots;
  }

  /** Slots that the ramp has come to, so long after its beginning. */
  rampedBy(elapsedMs: number): number {
    const { shard, shards, connections, rampPerSecond } = this.#plan;
    const planned = shareOf(rampDue(connections, rampPerSecond, elapsedMs), shard, shards);
    return Math.min(planned, this.stages.rampSlots);
  }

  /** The next slot of the ramp, where it has come to more than are begun; else -1. */
  next(ramped: number): number {
    return this.#begun < ramped ? this.#begun++ : -1;
  }

  /** Opens and closes what the stage asks for. */
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
