/** An agent: announces its slots, takes shards, follows their runs' orders. One second is its heartbeat. */
import { randomUUID } from "node:crypto";
import { cpus, hostname } from "node:os";
import { descriptorLimit } from "../../clients/measure/host/descriptor-limit.ts";
import { readHostLimits } from "../../clients/measure/host/host-limits.ts";
import type { Announcement } from "./announcement.ts";
import { type ClockReading, ownNetwork, readClock } from "./clock-reading.ts";
import { HeldShard } from "./held-shard.ts";
import { agentKey, agentLivesMs, agentsKey, claimKey, claimLivesMs, networkQueue, openQueue, ordersChannel, ordersKey } from "./keys.ts";
import { pageAddress } from "./metrics-page.ts";
import { closeRedis, localAddressOf, openRedis, type Redis, readTimeOf } from "./redis.ts";
import type { OrdersDocument, ShardJob } from "./shard-documents.ts";
import { ShardTaker } from "./shard-queue.ts";

export interface AgentOptions {
  redisUrl: string;
  slots: number;
  name: string;
  /** Where its process metrics are served, as it listens; null: nowhere. */
  metrics: { host: string; port: number } | null;
  say: (line: string) => void;
}

const beatMs = 1000;
const takeEveryMs = 200;
const clockEveryMs = 10_000;

export class Agent {
  readonly id = `${hostname()}-${randomUUID().slice(0, 8)}`;
  readonly #options: AgentOptions;
  readonly #redis: Redis;
  readonly #subscriber: Redis;
  readonly #takers: ShardTaker[];
  readonly #held = new Set<HeldShard>();
  readonly #timers: NodeJS.Timeout[] = [];
  #clock: ClockReading;
  #isTaking = false;

  private constructor(options: AgentOptions, redis: Redis, clock: ClockReading) {
    this.#options = options;
    this.#redis = redis;
    this.#clock = clock;
    this.#subscriber = openRedis(options.redisUrl, () => {});
    this.#takers = [networkQueue(ownNetwork), openQueue].map((name) => new ShardTaker(name, redis));
  }

  /** Starts an agent once Redis answers. */
  static async start(options: AgentOptions): Promise<Agent> {
    const redis = openRedis(options.redisUrl, options.say);
    const agent = new Agent(options, redis, await readClock(readTimeOf(redis)));
    await agent.#begin();
    return agent;
  }

  async #begin(): Promise<void> {
    await this.#subscriber.subscribe(ordersChannel);
    this.#subscriber.on("message", (_channel: string, run: string) => void this.#followRun(run));
    const every = (ms: number, act: () => Promise<void>): void => void this.#timers.push(setInterval(() => void act().catch(() => {}), ms));
    every(beatMs, () => this.#beat());
    every(takeEveryMs, () => this.#take());
    every(clockEveryMs, async () => {
      this.#clock = await readClock(readTimeOf(this.#redis));
    });
    await this.#announce();
    this.#options.say(`agent ${this.#options.name} (${this.id}) offers ${this.#options.slots} slots`);
  }

  get #slotsFree(): number {
    const busy = [...this.#held].filter(({ hasEnded }) => !hasEnded).length;
    return Math.max(0, this.#options.slots - busy);
  }

  async #announce(): Promise<void> {
    const { localPortLow, localPortHigh } = readHostLimits();
    const { metrics } = this.#options;
    const announcement: Announcement & { network: string } = {
      id: this.id,
      name: this.#options.name,
      host: hostname(),
      slots: this.#options.slots,
      slotsFree: this.#slotsFree,
      descriptors: descriptorLimit(),
      ports: (localPortHigh ?? 60_999) - (localPortLow ?? 32_768) + 1,
      cores: cpus().length,
      clock: this.#clock,
      metricsAddress: metrics === null ? null : pageAddress(metrics, localAddressOf(this.#redis)),
      isSameHost: false,
      clockError: null,
      network: ownNetwork,
    };
    await this.#redis.pipeline().sadd(agentsKey, this.id).set(agentKey(this.id), JSON.stringify(announcement), "PX", agentLivesMs).exec();
  }

  async #beat(): Promise<void> {
    for (const shard of this.#held) shard.tell();
    await this.#announce();
    await Promise.all([...new Set([...this.#held].map(({ job }) => job.run))].map((run) => this.#followRun(run)));
  }

  async #followRun(run: string): Promise<void> {
    const own = [...this.#held].filter(({ job }) => job.run === run);
    if (own.length === 0) return;
    const text = await this.#redis.get(ordersKey(run));
    const orders = text === null ? null : (JSON.parse(text) as OrdersDocument);
    for (const shard of own) {
      if (shard.follow(orders, performance.now())) continue;
      this.#options.say(`shard ${shard.job.plan.shard} of ${run} is let go`);
      shard.kill();
      this.#held.delete(shard);
    }
  }

  /** Takes shards while there are slots; one at a time, so that agents share a run. */
  async #take(): Promise<void> {
    if (this.#isTaking || this.#slotsFree === 0) return;
    this.#isTaking = true;
    try {
      for (const taker of this.#takers) {
        const job = await taker.take();
        if (job === null) continue;
        await this.#hold(job);
        return;
      }
    } finally {
      this.#isTaking = false;
    }
  }

  async #hold(job: ShardJob): Promise<void> {
    const { run, plan } = job;
    const isOurs = await this.#redis.set(claimKey(run, plan.shard), this.id, "PX", claimLivesMs, "NX");
    if (isOurs === null) return this.#options.say(`shard ${plan.shard} of ${run} was handed out twice; it runs once`);
    const orders = await this.#redis.get(ordersKey(run));
    if (orders !== null && (JSON.parse(orders) as OrdersDocument).isOver) return;
    this.#options.say(`shard ${plan.shard} of ${run}: ${plan.engine.slots} connections`);
    const shard = new HeldShard(job, this.id, this.#redis, () => this.#clock, performance.now());
    this.#held.add(shard);
    void shard.prepare().then(() => this.#followRun(run).catch(() => {}));
  }

  /** Ends its shards, says so, and leaves. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const shard of this.#held) {
      shard.end(`agent ${this.#options.name} was stopped`, false);
      shard.kill();
    }
    const leave = this.#redis.pipeline().srem(agentsKey, this.id).del(agentKey(this.id)).exec();
    await Promise.race([leave, new Promise((resolve) => setTimeout(resolve, 1000))]);
    await Promise.allSettled(this.#takers.map((taker) => taker.close()));
    for (const redis of [this.#redis, this.#subscriber]) closeRedis(redis);
  }
}
