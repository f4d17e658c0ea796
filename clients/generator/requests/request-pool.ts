/** Chooses a shard's next request: seeded, at random, without allocating. */
import { seededRandom } from "../../measure/statistics/seeded-random.ts";
import type { RequestPlan } from "./request-plan.ts";

/** Most distinct requests kept per endpoint; with more users, a seeded sample of them is requested. */
const mostRequests = 50_000;
const mostMisses = 1000;
/** Ids from here on belong to no user. */
const firstMissingId = 90_000_000_000;

export class RequestPool {
  /** Path of each request to one endpoint, a template; requests to endpoint e are numbered from e x paths.length on. */
  readonly paths: readonly string[];
  readonly #hits: number;
  readonly #ids: Float64Array;
  readonly #missBelow: number;
  #state: number;

  /** `endpoints`: the number of endpoints. */
  constructor(plan: RequestPlan, endpoints: number, seed: number) {
    const { paths, ids, hits } = pathsOf(plan, Math.floor(mostRequests / endpoints) + 1);
    this.paths = paths;
    this.#hits = hits;
    this.#ids = Float64Array.from(ids);
    this.#missBelow = hits < paths.length ? plan.missShare * 0x1_0000_0000 : 0;
    // Shards and neighbouring seeds must not produce the same sequence.
    this.#state = Math.floor(seededRandom(seed)() * 0xffff_ffff) | 1;
  }

  /** The next request for an endpoint. */
  next(endpoint: number): number {
    const isMiss = this.#missBelow > 0 && this.chance() < this.#missBelow;
    const among = isMiss ? this.paths.length - this.#hits : this.#hits;
    const chosen = among === 1 ? 0 : Math.floor((this.chance() / 0x1_0000_0000) * among);
    return endpoint * this.paths.length + (isMiss ? this.#hits : 0) + chosen;
  }

  /** A random number from 0 to 2^32 - 1 (xorshift). */
  chance(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /** The user a request asks for; -1 for one that does not exist, 0 when the path is the scenario's own. */
  userOf(request: number): number {
    return this.#ids[request % this.paths.length]!;
  }
}

function pathsOf(plan: RequestPlan, most: number): { paths: string[]; ids: number[]; hits: number } {
  if (plan.paths !== null) return { paths: plan.paths, ids: plan.paths.map(() => 0), hits: plan.paths.length };
  const draw = seededRandom(plan.seed);
  const every = Array.from({ length: Math.min(most, plan.userCount) }, (_, i) => i + 1);
  const users = plan.userCount <= most ? every : every.map(() => 1 + Math.floor(draw() * plan.userCount));
  const missing =
    plan.missShare > 0 ? Array.from({ length: mostMisses }, () => firstMissingId + Math.floor(draw() * 1e9)) : [];
  return {
    paths: [...users, ...missing].map((id) => `/user/${id}`),
    ids: [...users, ...missing.map(() => -1)],
    hits: users.length,
  };
}
