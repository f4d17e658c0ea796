/**
 * Starts connects when they are due, both those of the ramp and reconnects. Where connects are due at a rate, it also
 * counts how well the rate was kept. A late start is the generator's fault; a connect is held up when its slot was
 * still opening or closing when its turn came:
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

/** A connect started later than this is late, nanoseconds: a tenth of the one-second unit of the rate. */
const lateNs = 1e8;

export class Dialling {
  readonly #plan: ShardPlan;
  readonly #accounts: Accounts;
  readonly #engine: Engine;
  readonly #returns: Returns;
  readonly #load: Load;
  readonly #isAtRate: boolean;
  /** Most concurrent connects in this shard. */
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
   * How long until a connect may be due, milliseconds; infinite when none is scheduled. `isMoving`: a stage is changing
   * the number of connections.
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

  /** When a slot is due in the ramp. */
  #dueNs(slot: number): number {
    const { shard, shards, rampPerSecond } = this.#plan;
    return this.#startNs + rampDueAtMs(connectionNumber(slot, shard, shards), rampPerSecond) * 1e6;
  }

  /** Reopens slots whose reconnect is due, unless the stage no longer wants them. */
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

  /**
   * With connects due at a rate: a refused or lost slot is redialled in its turn; a slot still in use holds its connect
   * up.
   */
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

  /** Counts a connect as late if it started too long after its due instant. */
  begun(dueNs: number, atNs: number): void {
    if (this.#isAtRate && atNs - dueNs > lateNs) this.#accounts.tally.counts.dialledLate++;
  }

  open(slot: number): void {
    this.#accounts.begin(slot);
    this.#engine.open(slot);
  }
}
