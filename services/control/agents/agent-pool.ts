/** Control's side of Redis: the agents that announce themselves, and shard groups that run on them. */
import { randomUUID } from "node:crypto";
import { LocalShards, type ShardGroup } from "../../../clients/run/coordinate/local-shards.ts";
import { planningHost } from "../../../clients/run/prepare/plan-check.ts";
import type { PlanningHost } from "../../../clients/run/prepare/plan-shards.ts";
import type { Announcement } from "../../agent/announcement.ts";
import { type ClockReading, clockErrorOf, ownMachine, ownNetwork, readClock } from "../../agent/clock-reading.ts";
import { agentKey, agentsKey, networkQueue, openQueue } from "../../agent/keys.ts";
import { closeRedis, openRedis, type Redis, readTimeOf } from "../../agent/redis.ts";
import { ShardQueue } from "../../agent/shard-queue.ts";
import type { AgentInfo } from "./agent-info.ts";
import { RedisShards } from "./redis-shards.ts";

const refreshMs = 1000;
const clockEveryMs = 10_000;
/** How long the service waits for Redis before it serves without it. */
const openWithinMs = 2000;

export class AgentPool implements AgentInfo {
  /** Names this service among those that share a Redis. */
  readonly id = randomUUID().slice(0, 8);
  readonly redis: Redis;
  readonly subscriber: Redis;
  readonly #queues: { open: ShardQueue; network: ShardQueue };
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #ending = new Set<Promise<void>>();
  #clock: ClockReading = { machine: ownMachine, offset: { seconds: 0, nanoseconds: 0 }, boundNs: Number.POSITIVE_INFINITY };
  #agents: Announcement[] = [];

  private constructor(redis: Redis, subscriber: Redis) {
    this.redis = redis;
    this.subscriber = subscriber;
    this.#queues = { open: new ShardQueue(openQueue, redis), network: new ShardQueue(networkQueue(ownNetwork), redis) };
  }

  /** Opens it. A Redis that is away is waited for, but not long: the service serves without it, and is not ready. */
  static async open(redisUrl: string, say: (line: string) => void): Promise<AgentPool> {
    const subscriber = openRedis(redisUrl, () => {});
    // One listener a run.
    subscriber.setMaxListeners(0);
    const pool = new AgentPool(openRedis(redisUrl, say), subscriber);
    const begun = pool.#readClock().then(() => pool.#refresh());
    pool.#timers.push(setInterval(() => void pool.#refresh().catch(() => {}), refreshMs));
    pool.#timers.push(setInterval(() => void pool.#readClock().catch(() => {}), clockEveryMs));
    await Promise.race([begun.catch(() => {}), new Promise((resolve) => setTimeout(resolve, openWithinMs))]);
    return pool;
  }

  async #readClock(): Promise<void> {
    this.#clock = await readClock(readTimeOf(this.redis));
  }

  get isConnected(): boolean {
    return this.redis.status === "ready";
  }

  get clock(): ClockReading {
    return this.#clock;
  }

  list(): Announcement[] {
    const isClockKnown = Number.isFinite(this.#clock.boundNs);
    return this.isConnected && isClockKnown ? this.#agents : [];
  }

  async #refresh(): Promise<void> {
    const ids = await this.redis.smembers(agentsKey);
    const texts = ids.length === 0 ? [] : await this.redis.mget(ids.map(agentKey));
    const gone = ids.filter((_, index) => texts[index] === null);
    if (gone.length > 0) await this.redis.srem(agentsKey, ...gone);
    this.#agents = texts.flatMap((text) => {
      if (text === null) return [];
      const { network, ...announcement } = JSON.parse(text) as Announcement & { network: string };
      return [{ ...announcement, isSameHost: network === ownNetwork, clockError: clockErrorOf(announcement.clock, this.#clock) }];
    });
    this.#agents.sort((a, b) => a.id.localeCompare(b.id));
  }

  /** What shards are planned for: the smallest of the agents that would take them. */
  planningHost(targetIsLocal: boolean): PlanningHost {
    const able = this.#able(targetIsLocal);
    if (able.length === 0) return planningHost();
    return { descriptorLimit: Math.min(...able.map(({ descriptors }) => descriptors)), ports: Math.min(...able.map(({ ports }) => ports)) };
  }

  #able(targetIsLocal: boolean): Announcement[] {
    return this.list().filter(({ isSameHost }) => !targetIsLocal || isSameHost);
  }

  /** Where a run's shards go: to agents that reach its target, and to children of this process where there are none. */
  shardsFor(targetIsLocal: boolean): ShardGroup {
    const able = this.#able(targetIsLocal);
    if (able.length === 0) return new LocalShards();
    return new RedisShards({ pool: this, queue: targetIsLocal ? this.#queues.network : this.#queues.open, agents: able });
  }

  /** Work that must be over before the connection is closed. */
  track(ending: Promise<void>): void {
    const tracked = ending.catch(() => {}).finally(() => this.#ending.delete(tracked));
    this.#ending.add(tracked);
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.race([Promise.all(this.#ending), new Promise((resolve) => setTimeout(resolve, 2000))]);
    await Promise.allSettled([this.#queues.open.close(), this.#queues.network.close()]);
    for (const redis of [this.redis, this.subscriber]) closeRedis(redis);
  }
}
