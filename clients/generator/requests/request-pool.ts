/**
 * The requests of a shard as bytes, encoded once: one block of memory, and where in it each request begins. Which one
 * comes next is a seeded choice that allocates nothing.
 */

import { hostHeader } from "../../connection/codec/http-head.ts";
import { encodeHttpRequest } from "../../connection/codec/http-request.ts";
import type { Endpoint } from "../../connection/engine.ts";
import { seededRandom } from "../../measure/statistics/seeded-random.ts";
import type { RequestPlan } from "./request-plan.ts";

/** Most different requests kept for each endpoint; of more users a seeded sample is asked for. */
const mostRequests = 50_000;
const mostMisses = 1000;
/** Ids from here on belong to no user. */
const firstMissingId = 90_000_000_000;

export class RequestPool {
  readonly bytes: Buffer;
  /** Requests of one endpoint; those of endpoint e begin at e x size. */
  readonly size: number;
  readonly #hits: number;
  readonly #begins: Uint32Array;
  readonly #ids: Float64Array;
  readonly #missBelow: number;
  #state: number;

  constructor(plan: RequestPlan, endpoints: readonly Endpoint[], seed: number) {
    const { paths, ids, hits } = pathsOf(plan, Math.floor(mostRequests / endpoints.length) + 1);
    this.size = paths.length;
    this.#hits = hits;
    this.#ids = Float64Array.from(ids);
    this.#missBelow = hits < paths.length ? plan.missShare * 0x1_0000_0000 : 0;
    // Shards and neighbouring seeds must not walk the same sequence.
    this.#state = Math.floor(seededRandom(seed)() * 0xffff_ffff) | 1;
    const { method, headers, body } = plan;
    const encoded = endpoints.flatMap((endpoint) =>
      paths.map((path) => encodeHttpRequest({ method, path, host: hostHeader(endpoint), headers, body })),
    );
    this.#begins = new Uint32Array(encoded.length + 1);
    let at = 0;
    encoded.forEach((request, index) => {
      at += request.length;
      this.#begins[index + 1] = at;
    });
    this.bytes = Buffer.concat(encoded, at);
  }

  /** A request for an endpoint. */
  next(endpoint: number): number {
    const isMiss = this.#missBelow > 0 && this.chance() < this.#missBelow;
    const among = isMiss ? this.size - this.#hits : this.#hits;
    const chosen = among === 1 ? 0 : Math.floor((this.chance() / 0x1_0000_0000) * among);
    return endpoint * this.size + (isMiss ? this.#hits : 0) + chosen;
  }

  /** A number from 0 to 2^32 - 1 (xorshift). */
  chance(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  begin(request: number): number {
    return this.#begins[request]!;
  }

  end(request: number): number {
    return this.#begins[request + 1]!;
  }

  /** The user a request asks for; -1 for one that does not exist, 0 when the path is the scenario's own. */
  userOf(request: number): number {
    return this.#ids[request % this.size]!;
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
