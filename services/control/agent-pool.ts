/** Control's side of Redis: the agents that announce themselves, and shard groups that run on them. */
import { randomUUID } from "node:crypto";
import { LocalShards, type ShardGroup } from "../../clients/run/local-shards.ts";
import { planningHost } from "../../clients/run/plan-check.ts";
import type { PlanningHost } from "../../clients/run/plan-shards.ts";
import type { Announcement } from "../agent/announcement.ts";
import { type ClockReading, clockErrorOf, ownNetwork, readClock } from "../agent/clock-reading.ts";
import { agentKey, agentsKey, networkQueue, openQueue } from "../agent/keys.ts";
import { closeRedis, openRedis, type Redis, readTimeOf } from "../agent/redis.ts";
import { ShardQueue } from "../agent/shard-queue.ts";
import type { AgentInfo } from "./agent-info.ts";
import { RedisShards } from "./redis-shards.ts";

const refreshMs = 1000;
const clockEveryMs = 10_000;

export class AgentPool implements AgentInfo {
  /** Names this service among those that share a Redis. */
  readonly id = randomUUID().slice(0, 8);
  readonly redis: Redis;
  readonly subscriber: Redis;
  readonly #queues: { open: ShardQueue; network: ShardQueue };
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #ending = new Set<Promise<void>>();
  #clock: ClockReading;
  #agents: Announcement[] = [];

  private constructor(redis: Redis, subscriber: Redis, clock: ClockReading) {
    this.redis = redis;
    this.subscriber = subscriber;
    this.#clock = clock;
    this.#queues = { open: new ShardQueue(openQueue, redis), network: new ShardQueue(networkQueue(ownNetwork), redis) };
  }

  /** Opens it once Redis answers. */
  static async open(redisUrl: string, say: (line: string) => void): Promise<AgentPool> {
    const redis = openRedis(redisUrl, say);
    const subscriber = openRedis(redisUrl, () => {});
    // One listener a run.
    subscriber.setMaxListeners(0);
    const pool = new AgentPool(redis, subscriber, await readClock(readTimeOf(redis)));
    await pool.#refresh();
    pool.#timers.push(setInterval(() => void pool.#refresh().catch(() => {}), refreshMs));
    pool.#timers.push(
      setInterval(() => {
        readClock(readTimeOf(redis))
          .then((clock) => {
            pool.#clock = clock;
          })
          .catch(() => {});
      }, clockEveryMs),
    );
    return pool;
  }

  get isConnected(): boolean {
    return this.redis.status === "ready";
  }

  get clock(): ClockReading {
    return this.#clock;
  }

  list(): Announcement[] {
    return this.isConnected ? this.#agents : [];
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
