/** The control service's side of Redis: announced agents, and groups of shards that run on them. */
import { randomUUID } from "node:crypto";
import { LocalShards, type ShardGroup } from "../../../clients/run/coordinate/local-shards.ts";
import { planningHost } from "../../../clients/run/prepare/plan-check.ts";
import type { PlanningHost } from "../../../clients/run/prepare/plan-shards.ts";
import type { Announcement } from "../../agent/announcement.ts";
import { type ClockReading, clockErrorOf, ownMachine, ownNetwork, readClock } from "../../agent/clock-reading.ts";
import { printable, readAnnouncement } from "../../agent/document-check.ts";
import { agentKey, agentsKey, mostAgents, mostAnnouncementBytes, networkQueue, openQueue } from "../../agent/keys.ts";
import { type OwnDoor, redisDoor } from "../../agent/own-door.ts";
import { closeRedis, openRedis, type Redis, readTexts, readTimeOf, remoteAddressOf } from "../../agent/redis.ts";
import type { Seal } from "../../agent/seal.ts";
import { ShardQueue } from "../../agent/shard-queue.ts";
import type { AgentInfo } from "./agent-info.ts";
import { RedisShards } from "./redis-shards.ts";

const refreshMs = 1000;
const clockEveryMs = 10_000;
/** How long the service waits for Redis at start before serving without it, milliseconds. */
const openWithinMs = 2000;

export class AgentPool implements AgentInfo {
  /** Identifies this service among those that share a Redis. */
  readonly id = randomUUID().slice(0, 8);
  readonly redis: Redis;
  readonly subscriber: Redis;
  readonly seal: Seal;
  readonly #door: OwnDoor;
  readonly #say: (line: string) => void;
  /** Agents whose announcement could not be read; reported once each. */
  readonly #unread = new Set<string>();
  readonly #queues: { open: ShardQueue; network: ShardQueue };
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #ending = new Set<Promise<void>>();
  #clock: ClockReading = {
    machine: ownMachine,
    offset: { seconds: 0, nanoseconds: 0 },
    boundNs: Number.POSITIVE_INFINITY,
  };
  #agents: Announcement[] = [];

  private constructor(redis: Redis, subscriber: Redis, seal: Seal, door: OwnDoor, say: (line: string) => void) {
    this.redis = redis;
    this.subscriber = subscriber;
    this.seal = seal;
    this.#door = door;
    this.#say = say;
    this.#queues = {
      open: new ShardQueue(openQueue, redis, seal),
      network: new ShardQueue(networkQueue(ownNetwork), redis, seal),
    };
  }

  /** Its Redis, by the addresses it resolved to and is connected to. */
  get door(): OwnDoor {
    const connected = remoteAddressOf(this.redis);
    return connected === undefined ? this.#door : { ...this.#door, addresses: [...this.#door.addresses, connected] };
  }

  /** Opens the pool. Waits briefly for Redis; if it is away, the service serves without it and is not ready. */
  static async open(redisUrl: string, seal: Seal, say: (line: string) => void): Promise<AgentPool> {
    const subscriber = openRedis(redisUrl, () => {});
    // One listener per run.
    subscriber.setMaxListeners(0);
    const pool = new AgentPool(openRedis(redisUrl, say), subscriber, seal, await redisDoor(redisUrl), say);
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
    const ids = await this.redis.srandmember(agentsKey, mostAgents).catch((error: Error) => this.#clearList(error));
    const texts = await readTexts(this.redis, ids.map(agentKey), mostAnnouncementBytes);
    const gone = ids.filter((_, index) => texts[index] === null);
    if (gone.length > 0) await this.redis.srem(agentsKey, ...gone);
    this.#agents = ids.flatMap((id, index) => this.#announced(id, texts[index] ?? null));
    this.#agents.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
  }

  /** The key is ours, and agents re-add themselves every second: a value of another type is deleted. */
  async #clearList(error: Error): Promise<string[]> {
    if (!error.message.startsWith("WRONGTYPE")) throw error;
    this.#say("the list of agents in Redis is not a list; rebuilding it");
    await this.redis.del(agentsKey);
    return [];
  }

  /** The announced agent, if readable: an unreadable announcement does not affect others. */
  #announced(id: string, text: string | Error | null): Announcement[] {
    if (text === null) return [];
    try {
      if (text instanceof Error) throw text;
      const { network, ...announcement } = readAnnouncement(text, id, this.seal);
      return [
        {
          ...announcement,
          isSameHost: network === ownNetwork,
          clockError: clockErrorOf(announcement.clock, this.#clock),
        },
      ];
    } catch (error) {
      if (this.#unread.size < 1000 && !this.#unread.has(id))
        this.#say(printable(`agent ${id} is not used, its announcement is invalid: ${(error as Error).message}`));
      this.#unread.add(id);
      return [];
    }
  }

  /** What shards are planned for: the smallest of the agents that could take them. */
  planningHost(targetIsLocal: boolean): PlanningHost {
    const able = this.#able(targetIsLocal);
    if (able.length === 0) return planningHost();
    return {
      descriptorLimit: Math.min(...able.map(({ descriptors }) => descriptors)),
      ports: Math.min(...able.map(({ ports }) => ports)),
    };
  }

  #able(targetIsLocal: boolean): Announcement[] {
    return this.list().filter(({ isSameHost }) => !targetIsLocal || isSameHost);
  }

  /** Where a run's shards go: to agents that can reach its target, or to child processes when there are none. */
  shardsFor(targetIsLocal: boolean): ShardGroup {
    const able = this.#able(targetIsLocal);
    if (able.length === 0) return new LocalShards();
    return new RedisShards({
      pool: this,
      queue: targetIsLocal ? this.#queues.network : this.#queues.open,
      agents: able,
    });
  }

  /** Registers work that must complete before the connection is closed. */
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
