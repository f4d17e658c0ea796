/**
 * Whether connections that are to be opened at a rate were begun when they were due. What we began late is our fault;
 * what could not begin, because its slot was not open again when its turn came round, was not opened in time:
 *
 *   due = begun in time + begun late + held up
 */
import type { Tally } from "../measure/tally.ts";
import { rampDueAtMs } from "../plan/ramp.ts";
import { connectionNumber } from "../plan/shard.ts";
import type { ShardPlan } from "./plan.ts";

/** Connects in flight in one shard, where nothing else is said: within a usual accept backlog. */
const usuallyAtOnce = 512;
/** Begun later than this is late, nanoseconds: a tenth of the second that a rate speaks of. */
const lateNs = 1e8;

export class Dialling {
  /** Most connects in flight in the shard. */
  readonly atOnce: number;
  readonly #plan: ShardPlan;
  readonly #tally: Tally;

  constructor(plan: ShardPlan, tally: Tally) {
    this.#plan = plan;
    this.#tally = tally;
    this.atOnce = plan.dialsAtRate === true ? plan.engine.slots : usuallyAtOnce;
  }

  /** How long the loop may wait while connects come due, milliseconds; infinite where none is due by a rate. */
  get restMs(): number {
    return this.#plan.dialsAtRate === true ? 1 : Number.POSITIVE_INFINITY;
  }

  /** The ramp began a slot. `startNs`: when the ramp did. */
  ramped(slot: number, startNs: number, atNs: number): void {
    if (this.#plan.dialsAtRate !== true) return;
    const { shard, shards, rampPerSecond } = this.#plan;
    this.begun(startNs + rampDueAtMs(connectionNumber(slot, shard, shards), rampPerSecond) * 1e6, atNs);
  }

  /** A step towards a connect was taken that was due at an instant. */
  begun(dueNs: number, atNs: number): void {
    if (this.#plan.dialsAtRate === true && atNs - dueNs > lateNs) this.#tally.counts.dialledLate++;
  }

  /** A connect could not begin: that of its slot's last turn is not done. */
  heldUp(): void {
    this.#tally.counts.dialsHeldUp++;
  }
}
