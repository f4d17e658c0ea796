/** What a shard of an API run is told beside its connections, and the times of its steps. Pure. */
import type { HeaderFields } from "../../connection/header-fields.ts";
import { shareOf } from "../../plan/shard.ts";
import type { StreamPlan } from "./stream-plan.ts";

export interface ApiPlan {
  /** Users of the whole run in each step; one step without a sweep. */
  users: number[];
  /** Before the measured time of each step, milliseconds. */
  warmUpMs: number;
  holdMs: number;
  /**
   * Requests per second of the whole run, each due at its instant; null: every user asks again when it has its answer.
   */
  ratePerSecond: number | null;
  /** Most requests of a user in flight. */
  pipelining: number;
  requestTimeoutMs: number;
  requests: RequestPlan;
  /**
   * What the answers must be. `status` null: 200 for users that exist, 404 for those that do not, else any below 400.
   */
  expect: { status: number[] | null; body: string };
  /** Share of the answers whose body is checked. */
  checkShare: number;
  /** Answers are streams of events; absent: they are read whole. */
  streams?: StreamPlan;
  /** The ramp is measured too: what is asked from the first connection on belongs to step 1. */
  measuresRamp?: boolean;
}

export interface RequestPlan {
  method: string;
  headers: HeaderFields;
  body: string | null;
  /** Null: /user/{id}. */
  paths: string[] | null;
  userCount: number;
  missShare: number;
  seed: number;
}

/**
 * From the word that all shards are ready to the first step's hold: enough for every shard to hear of it, over Redis and
 * on a busy host too. What a shard asks before it has heard is warm-up, in no figure.
 */
const settleMs = 250;

/**
 * The times of a run's steps:
 *
 *   ready..|--hold 1--|warm-up 2|--hold 2--|warm-up 3|--hold 3--|
 *
 * The warm-up of step 1 lies before. A request belongs to the step in whose hold it was due (open loop) or written
 * (closed loop).
 */
export class StepTimes {
  readonly #startNs: number;
  readonly #holdNs: number;
  readonly #stepNs: number;
  readonly #steps: number;
  readonly endNs: number;

  constructor(readyNs: number, plan: Pick<ApiPlan, "holdMs" | "warmUpMs" | "users">) {
    this.#startNs = readyNs + settleMs * 1e6;
    this.#holdNs = plan.holdMs * 1e6;
    this.#stepNs = (plan.holdMs + plan.warmUpMs) * 1e6;
    this.#steps = plan.users.length;
    this.endNs = this.#startNs + this.#stepNs * (this.#steps - 1) + this.#holdNs;
  }

  /** When the first step's hold begins. */
  get beginsNs(): number {
    return this.#startNs;
  }

  /** The step, from 1, whose hold an instant lies in; 0 for none. */
  stepAt(atNs: number): number {
    const sinceNs = atNs - this.#startNs;
    if (sinceNs < 0 || atNs >= this.endNs) return 0;
    const step = Math.floor(sinceNs / this.#stepNs);
    return sinceNs - step * this.#stepNs < this.#holdNs ? step + 1 : 0;
  }

  /** The step, from 1, whose users are at work: from the beginning of its warm-up. */
  usersAt(atNs: number): number {
    const warmUpNs = this.#stepNs - this.#holdNs;
    return Math.min(this.#steps, Math.max(1, Math.floor((atNs - this.#startNs + warmUpNs) / this.#stepNs) + 1));
  }

  /**
   * The last step, from 1, whose hold began after one instant and by another: what was under way then was in its way. 0
   * for none.
   */
  beganBetween(afterNs: number, byNs: number): number {
    const step = Math.min(this.#steps, Math.floor((byNs - this.#startNs) / this.#stepNs) + 1);
    return step >= 1 && this.holdOf(step).fromNs > afterNs ? step : 0;
  }

  holdOf(step: number): { fromNs: number; toNs: number } {
    const fromNs = this.#startNs + (step - 1) * this.#stepNs;
    return { fromNs, toNs: fromNs + this.#holdNs };
  }
}

/** How long a run takes from the word that all shards are ready to the last hold's end. */
export function stepsMs({ holdMs, warmUpMs, users }: Pick<ApiPlan, "holdMs" | "warmUpMs" | "users">): number {
  return settleMs + holdMs * users.length + warmUpMs * (users.length - 1);
}

/**
 * An open loop's schedule: request n of the run is due n / rate seconds after its start; shard s of n takes s, s+n,
 * s+2n, ...
 */
export class DueTimes {
  readonly #startNs: number;
  readonly #everyNs: number;
  readonly #shard: number;
  readonly #shards: number;
  /** Requests of this shard taken so far. */
  taken = 0;

  constructor(startNs: number, ratePerSecond: number, shard: number, shards: number) {
    this.#startNs = startNs;
    this.#everyNs = 1e9 / ratePerSecond;
    this.#shard = shard;
    this.#shards = shards;
  }

  /** When the next request is due. */
  get nextNs(): number {
    return this.#startNs + (this.taken * this.#shards + this.#shard) * this.#everyNs;
  }

  /** Takes all that are due before an instant, each told by its due instant. */
  skipBefore(atNs: number, visit: (dueNs: number) => void): void {
    for (const all = this.dueBefore(atNs); this.taken < all; this.taken++) visit(this.nextNs);
  }

  /** How many of this shard are due before an instant. */
  dueBefore(atNs: number): number {
    let due = Math.max(0, Math.ceil((atNs - this.#startNs) / this.#everyNs));
    // The division may round up over a whole number.
    while (due > 0 && this.#startNs + (due - 1) * this.#everyNs >= atNs) due--;
    return shareOf(due, this.#shard, this.#shards);
  }
}
