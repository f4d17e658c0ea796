/**
 * An agent: announces its slots, takes shards it is allowed to run, and follows their orders. Its heartbeat is one
 * second. Nothing read from Redis is trusted.
 */
import { randomUUID } from "node:crypto";
import { lookup } from "node:dns/promises";
import { cpus, hostname } from "node:os";
import { descriptorLimit } from "../../clients/measure/host/descriptor-limit.ts";
import { readHostLimits } from "../../clients/measure/host/host-limits.ts";
import type { Announcement } from "./announcement.ts";
import { type ClockReading, ownNetwork, readClock } from "./clock-reading.ts";
import { type DialPolicy, refuseResolved } from "./dial-policy.ts";
import { openJob, printable, readOrders } from "./document-check.ts";
import { HeldShard } from "./held-shard.ts";
import {
  agentKey,
  agentLivesMs,
  agentsKey,
  claimKey,
  claimLivesMs,
  mostOrdersBytes,
  networkQueue,
  openQueue,
  ordersChannel,
  ordersKey,
} from "./keys.ts";
import { pageAddress } from "./metrics-page.ts";
import type { OwnDoor } from "./own-door.ts";
import { closeRedis, localAddressOf, openRedis, type Redis, readTexts, readTimeOf, remoteAddressOf } from "./redis.ts";
import type { Seal } from "./seal.ts";
import type { OrdersDocument, ShardJob } from "./shard-documents.ts";
import { ShardTaker } from "./shard-queue.ts";

export interface AgentOptions {
  redisUrl: string;
  slots: number;
  name: string;
  /** Address of its process metrics, as it listens; null: not served. */
  metrics: { host: string; port: number } | null;
  /** Hosts besides loopback that it may load. */
  allowedHosts: readonly string[];
  seal: Seal;
  /** Location of its Redis. */
  redisDoor: OwnDoor;
  say: (line: string) => void;
}

const beatMs = 1000;
const takeEveryMs = 200;
const clockEveryMs = 10_000;
/** Number of taken shards remembered, so that one that is queued again does not run twice. */
const mostRemembered = 100_000;

/** Repeats an action; when Redis is slow, a pending action is awaited instead of starting another. */
function repeat(everyMs: number, act: () => Promise<void>): NodeJS.Timeout {
  let isActing = false;
  return setInterval(() => {
    if (isActing) return;
    isActing = true;
    act()
      .catch(() => {})
      .finally(() => {
        isActing = false;
      });
  }, everyMs);
}

export class Agent {
  readonly id = `${hostname()}-${randomUUID().slice(0, 8)}`;
  readonly #options: AgentOptions;
  readonly #redis: Redis;
  readonly #subscriber: Redis;
  readonly #takers: ShardTaker[];
  readonly #policy: DialPolicy;
  readonly #held = new Set<HeldShard>();
  readonly #taken = new Set<string>();
  /** Runs whose orders could not be read; reported once each. */
  readonly #unread = new Set<string>();
  readonly #timers: NodeJS.Timeout[] = [];
  #clock: ClockReading;

  private constructor(options: AgentOptions, redis: Redis, clock: ClockReading) {
    this.#options = options;
    this.#redis = redis;
    this.#clock = clock;
    this.#subscriber = openRedis(options.redisUrl, () => {});
    this.#takers = [networkQueue(ownNetwork), openQueue].map((name) => new ShardTaker(name, redis, options.seal));
    this.#policy = {
      who: "agent",
      allowedHosts: options.allowedHosts,
      allowsLoopback: true,
      ownDoors: () => this.#ownDoors,
    };
  }

  /** Its Redis, by the addresses it resolved to and is connected to, and its metrics page. */
  get #ownDoors(): OwnDoor[] {
    const { redisDoor, metrics } = this.#options;
    const connected = remoteAddressOf(this.#redis);
    const redis = {
      ...redisDoor,
      addresses: connected === undefined ? redisDoor.addresses : [...redisDoor.addresses, connected],
    };
    return metrics === null
      ? [redis]
      : [
          redis,
          { what: "the agent's own metrics page", host: metrics.host, port: metrics.port, addresses: [metrics.host] },
        ];
  }

  /** Starts an agent once Redis responds. */
  static async start(options: AgentOptions): Promise<Agent> {
    const redis = openRedis(options.redisUrl, options.say);
    const agent = new Agent(options, redis, await readClock(readTimeOf(redis)));
    await agent.#begin();
    return agent;
  }

  async #begin(): Promise<void> {
    await this.#subscriber.subscribe(ordersChannel);
    this.#subscriber.on("message", (_channel: string, run: string) => void this.#followRun(run).catch(() => {}));
    // Works without Redis: shards that receive no more orders are released anyway.
    this.#timers.push(setInterval(() => this.#letGo(), beatMs));
    this.#timers.push(repeat(beatMs, () => this.#beat()));
    this.#timers.push(repeat(takeEveryMs, () => this.#take()));
    this.#timers.push(
      repeat(clockEveryMs, async () => {
        this.#clock = await readClock(readTimeOf(this.#redis));
      }),
    );
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
    const text = this.#options.seal.close(agentKey(this.id), JSON.stringify(announcement));
    await this.#redis.pipeline().sadd(agentsKey, this.id).set(agentKey(this.id), text, "PX", agentLivesMs).exec();
  }

  async #beat(): Promise<void> {
    for (const shard of this.#held) shard.tell();
    await this.#announce();
    await Promise.all([...new Set([...this.#held].map(({ job }) => job.run))].map((run) => this.#followRun(run)));
  }

  async #followRun(run: string): Promise<void> {
    const own = [...this.#held].filter(({ job }) => job.run === run);
    if (own.length === 0) return;
    const orders = await this.#readOrders(run);
    for (const shard of own) shard.follow(orders, performance.now());
    this.#letGo();
  }

  /** The orders for a run's shards. Unreadable orders are ignored: they are repeated, or count as silence. */
  async #readOrders(run: string): Promise<OrdersDocument | null> {
    const [text = null] = await readTexts(this.#redis, [ordersKey(run)], mostOrdersBytes);
    if (text === null) return null;
    try {
      if (text instanceof Error) throw text;
      return readOrders(text, run, this.#options.seal);
    } catch (error) {
      if (this.#unread.size < 1000 && !this.#unread.has(run))
        this.#options.say(printable(`ignoring invalid orders of ${run}: ${(error as Error).message}`));
      this.#unread.add(run);
      return null;
    }
  }

  /** Ends the shards whose run is over or whose control service is gone. */
  #letGo(): void {
    for (const shard of this.#held) {
      if (shard.isHeld(performance.now())) continue;
      this.#options.say(`shard ${shard.job.plan.shard} of ${shard.job.run} is released`);
      shard.kill();
      this.#held.delete(shard);
    }
  }

  /** Takes a shard when a slot is free; one at a time, so that agents share a run. */
  async #take(): Promise<void> {
    if (this.#slotsFree === 0) return;
    for (const taker of this.#takers) {
      const data = await taker.take();
      if (data === undefined) continue;
      let job: ShardJob;
      try {
        job = openJob(data, this.#options.seal, this.#clock);
      } catch (error) {
        this.#options.say(printable(`a shard was rejected: ${(error as Error).message}`));
        continue;
      }
      await this.#hold(job);
      return;
    }
  }

  async #hold(job: ShardJob): Promise<void> {
    const { run, plan } = job;
    const claim = claimKey(run, plan.shard);
    const isOurs =
      !this.#taken.has(claim) && (await this.#redis.set(claim, this.id, "PX", claimLivesMs, "NX")) !== null;
    if (!isOurs) return this.#options.say(`shard ${plan.shard} of ${run} was assigned twice; it runs once`);
    if (this.#taken.size >= mostRemembered) this.#taken.clear();
    this.#taken.add(claim);
    if ((await this.#readOrders(run))?.isOver) return;
    const { seal } = this.#options;
    const shard = new HeldShard(
      job,
      { agent: this.id, redis: this.#redis, seal, clock: () => this.#clock },
      performance.now(),
    );
    const refusal = await refuseResolved(plan.engine.endpoints, this.#policy, (host) => lookup(host, { all: true }));
    if (refusal !== null) {
      this.#options.say(printable(`shard ${plan.shard} of ${run} was rejected: ${refusal}`));
      // Its run ends with the reason.
      return shard.end(refusal, true);
    }
    this.#options.say(`shard ${plan.shard} of ${run}: ${plan.engine.slots} connections`);
    this.#held.add(shard);
    void shard.prepare().then(() => this.#followRun(run).catch(() => {}));
  }

  /** Ends its shards, reports them as ended, and withdraws its announcement. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const shard of this.#held) {
      shard.end(`agent ${this.#options.name} was stopped`, false);
      shard.kill();
    }
    const leave = this.#redis.pipeline().srem(agentsKey, this.id).del(agentKey(this.id)).exec();
    await Promise.race([leave, new Promise((resolve) => setTimeout(resolve, 1000))]);
    await Promise.race([
      Promise.allSettled(this.#takers.map((taker) => taker.close())),
      new Promise((resolve) => setTimeout(resolve, 1000)),
    ]);
    for (const redis of [this.#redis, this.#subscriber]) closeRedis(redis);
  }
}
