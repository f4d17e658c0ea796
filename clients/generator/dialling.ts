/**
 * Begins connects when they are due: those of the ramp, and of whoever comes back. Where they are due at a rate it
 * counts how that was kept. What we began late is our fault; what could not begin, because its slot was not open again
 * when its turn came round, was not opened in time:
 *
 *   due = begun in time + begun late + held up
 */
import type { Engine } from "../connection/engine.ts";
import { rampDueAtMs } from "../plan/ramp.ts";
import { connectionNumber } from "../plan/shard.ts";
import { type Accounts, slotState } from "./counts/connections.ts";
import { type Load, mostConnecting } from "./load.ts";
import type { ShardPlan } from "./plan.ts";
import type { Returns } from "./returns.ts";
import type { ShardPhase } from "./shard-phase.ts";

/** Begun later than this is late, nanoseconds: a tenth of the second that a rate speaks of. */
const lateNs = 1e8;

export class Dialling {
  readonly #plan: ShardPlan;
  readonly #accounts: Accounts;
  readonly #engine: Engine;
  readonly #returns: Returns;
  readonly #load: Load;
  readonly #isAtRate: boolean;
  /** Most connects in flight in the shard. */
  readonly #atOnce: number;
  #startNs = 0;

  constructor(plan: ShardPlan, accounts: Accounts, engine: Engine, returns: Returns, load: Load) {
    this.#plan = plan;
    this.#accounts = accounts;
    this.#engine = engine;
    this.#returns = returns;
    this.#load = load;
    this.#isAtRate = plan.dialsAtRate === true;
    this.#atOnce = this.#isAtRate ? plan.engine.slots : mostConnecting;
  }

  start(atNs: number): void {
    this.#startNs = atNs;
  }

  /**
   * How long until a connect may be due, milliseconds; infinite when none is known of. `isMoving`: the load goes up or
   * down.
   */
  waitMs(atNs: number, phase: ShardPhase, isMoving: boolean): number {
    const isFull = this.#accounts.tally.counts.connecting >= this.#atOnce;
    if (isMoving) return isFull ? 10 : 1;
    const returnMs = isFull ? 10 : this.#returns.waitMs(atNs);
    return phase === "holding" && this.#isAtRate ? Math.min(returnMs, 1) : returnMs;
  }

  ramp(atNs: number): void {
    const { counts } = this.#accounts.tally;
    const ramped = this.#load.rampedBy((atNs - this.#startNs) / 1e6);
    while (counts.connecting < this.#atOnce) {
      const slot = this.#load.next(ramped);
      if (slot < 0) break;
      if (this.#isAtRate) this.begun(this.#dueNs(slot), atNs);
      this.open(slot);
    }
    this.reopen(atNs);
  }

  /** When a slot's turn in the ramp came. */
  #dueNs(slot: number): number {
    const { shard, shards, rampPerSecond } = this.#plan;
    return this.#startNs + rampDueAtMs(connectionNumber(slot, shard, shards), rampPerSecond) * 1e6;
  }

  /** Opens again who is due to come back, unless its stage is over. */
  reopen(atNs: number): void {
    const { counts } = this.#accounts.tally;
    while (counts.connecting < this.#atOnce) {
      const dueNs = this.#returns.firstNs;
      const slot = this.#returns.nextDue(atNs);
      if (slot < 0) return;
      counts.backoff--;
      if (!this.#load.wants(slot)) continue;
      this.begun(dueNs, atNs);
      this.open(slot);
    }
  }

  /** Where connects are due at a rate: one that is refused or lost is tried again in its turn, others hold it up. */
  redial(slot: number, dueNs: number, atNs: number): void {
    if (!this.#isAtRate) return;
    this.reopen(atNs);
    if (this.#accounts.state[slot] !== slotState.idle) {
      this.#accounts.tally.counts.dialsHeldUp++;
      return;
    }
    this.begun(dueNs, atNs);
    this.open(slot);
  }

  /** A step towards a connect was taken that was due at an instant. */
  begun(dueNs: number, atNs: number): void {
    if (this.#isAtRate && atNs - dueNs > lateNs) this.#accounts.tally.counts.dialledLate++;
  }

  open(slot: number): void {
    this.#accounts.begin(slot);
    this.#engine.open(slot);
  }
}
