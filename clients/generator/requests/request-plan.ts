/** The API part of a shard's plan, and the times of its steps. Pure. */
import type { HeaderFields } from "../../connection/header-fields.ts";
import { shareOf } from "../../plan/shard.ts";
import type { StreamPlan } from "./stream-plan.ts";

export interface ApiPlan {
  /** Users in the whole run for each step; a single step without a sweep. */
  users: number[];
  /** Before the measured time of each step, milliseconds. */
  warmUpMs: number;
  holdMs: number;
  /**
   * Requests per second in the whole run, each due at its own instant; null: closed loop, each user sends its next
   * request when it has its response.
   */
  ratePerSecond: number | null;
  /** Most requests in flight per user. */
  pipelining: number;
  requestTimeoutMs: number;
  requests: RequestPlan;
  /**
   * The expected responses. `status` null: 200 for users that exist, 404 for those that do not, otherwise any below
   * 400.
   */
  expect: { status: number[] | null; body: string };
  /** Share of the responses whose body is checked, 0 to 1. */
  checkShare: number;
  /** Responses are event streams; absent: they are read whole. */
  streams?: StreamPlan;
  /** The ramp is measured too: requests from the first connection on belong to step 1. */
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
 * Time between "all shards are ready" and the first step's hold, milliseconds: enough for every shard to be notified,
 * even over Redis on a busy host. Requests that a shard sends before it is notified are warm-up and not included in any
 * figure.
 */
const settleMs = 250;

/**
 * The times of a run's steps:
 *
 *   ready..|--hold 1--|warm-up 2|--hold 2--|warm-up 3|--hold 3--|
 *
 * The warm-up of step 1 comes before. A request belongs to the step in whose hold it was due (open loop) or written
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

  /** The step, from 1, whose hold contains an instant; 0 for none. */
  stepAt(atNs: number): number {
    const sinceNs = atNs - this.#startNs;
    if (sinceNs < 0 || atNs >= this.endNs) return 0;
    const step = Math.floor(sinceNs / this.#stepNs);
    return sinceNs - step * this.#stepNs < this.#holdNs ? step + 1 : 0;
  }

  /** The step, from 1, whose users are active: from the start of its warm-up. */
  usersAt(atNs: number): number {
    const warmUpNs = this.#stepNs - this.#holdNs;
    return Math.min(this.#steps, Math.max(1, Math.floor((atNs - this.#startNs + warmUpNs) / this.#stepNs) + 1));
  }

  /**
   * The last step, from 1, whose hold began after the first instant and no later than the second, so that a request
   * pending throughout was pending in it. 0 for none.
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

/** Time from "all shards are ready" to the end of the last hold, milliseconds. */
export function stepsMs({ holdMs, warmUpMs, users }: Pick<ApiPlan, "holdMs" | "warmUpMs" | "users">): number {
  return settleMs + holdMs * users.length + warmUpMs * (users.length - 1);
}

/**
 * An open loop's schedule: request n of the run is due n / rate seconds after its start; shard s of n sends requests s,
 * s+n, s+2n, ...
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

  /** Takes all requests due before an instant, passing each one's due instant to `visit`. */
  skipBefore(atNs: number, visit: (dueNs: number) => void): void {
    for (const all = this.dueBefore(atNs); this.taken < all; this.taken++) visit(this.nextNs);
  }

  /** Number of this shard's requests due before an instant. */
  dueBefore(atNs: number): number {
    let due = Math.max(0, Math.ceil((atNs - this.#startNs) / this.#everyNs));
    // The division may round up past a whole number.
    while (due > 0 && this.#startNs + (due - 1) * this.#everyNs >= atNs) due--;
    return shareOf(due, this.#shard, this.#shards);
  }
}
