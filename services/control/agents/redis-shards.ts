/** The shards of one run on agents: distributed through the queue, controlled and read through documents in Redis. */
import { randomUUID } from "node:crypto";
import type { ShardPlan, ToShard } from "../../../clients/generator/plan.ts";
import { nowNs } from "../../../clients/measure/clock.ts";
import type { ShardGroup, ShardListener } from "../../../clients/run/coordinate/local-shards.ts";
import { ShardNotReady } from "../../../clients/run/coordinate/run-never-began.ts";
import type { Announcement } from "../../agent/announcement.ts";
import type { ClockReading } from "../../agent/clock-reading.ts";
import { printable, readShard } from "../../agent/document-check.ts";
import { DocumentWriter } from "../../agent/document-writer.ts";
import { documentLivesMs, mostShardBytes, newsChannel, ordersChannel, ordersKey, shardKey } from "../../agent/keys.ts";
import { type Redis, readTexts } from "../../agent/redis.ts";
import type { Seal } from "../../agent/seal.ts";
import type { OrdersDocument, ShardDocument } from "../../agent/shard-documents.ts";
import type { ShardQueue } from "../../agent/shard-queue.ts";
import { invalid } from "../routes/problem.ts";
import { carryingOf } from "./agent-info.ts";
import { ShardReader } from "./shard-reader.ts";

/** What the shards of a run need from their agents' pool. */
export interface ShardPool {
  /** Identifies this service among those that share a Redis. */
  readonly id: string;
  readonly redis: Redis;
  readonly subscriber: Redis;
  readonly clock: ClockReading;
  /** Signs orders, and verifies what agents signed. */
  readonly seal: Seal;
  /** Keeps the connection open until a final write to Redis is complete. */
  track(ending: Promise<void>): void;
}

export interface RedisShardsOptions {
  pool: ShardPool;
  queue: ShardQueue;
  agents: readonly Announcement[];
}

const beatMs = 1000;
/** Updates of several shards are read together, after this delay in milliseconds. */
const gatherMs = 50;
/** Most shards read in one pass, so that other work gets its turn in between. */
const mostPerPass = 100;
/** How long every shard may take to get an agent and a process, milliseconds. */
const readyTimeoutMs = 30_000;

export class RedisShards implements ShardGroup {
  /** The start order travels through Redis. */
  readonly startDelayNs = 1e9;
  readonly pids: number[] = [];
  readonly #options: RedisShardsOptions;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #dirty = new Set<number>();
  #readers: ShardReader[] = [];
  #run = "";
  #orders: Pick<OrdersDocument, "beat" | "told" | "isOver"> = { beat: 0, told: [], isOver: false };
  #writer: DocumentWriter | null = null;
  #listener: ShardListener | null = null;
  #gather: NodeJS.Timeout | null = null;
  #isReading = false;
  #restMs = 0;
  #settle: ((error: Error | null) => void) | null = null;
  readonly #hear = (channel: string, text: string): void => {
    const shard = Number(text);
    if (channel === newsChannel(this.#run) && this.#readers[shard] !== undefined) this.#news(shard);
  };

  constructor(options: RedisShardsOptions) {
    this.#options = options;
  }

  /** The largest clock error bound among the shards; null where none was estimated. */
  get clockError(): { boundMs: number } | null {
    const bounds = this.#readers.flatMap(({ clockError }) => (clockError === null ? [] : [clockError.boundMs]));
    return bounds.length === 0 ? null : { boundMs: Math.max(...bounds) };
  }

  async prepare(plans: ShardPlan[], listener: ShardListener): Promise<void> {
    this.#checkSize(plans);
    const { pool, queue } = this.#options;
    // A capacity search has many groups in one run: each has its own documents and claims.
    this.#run = `${plans[0]?.run ?? ""}-${randomUUID().slice(0, 8)}`;
    this.#listener = listener;
    this.#readers = plans.map(({ shard }) => new ShardReader(shard));
    this.#writer = new DocumentWriter(pool.redis, ordersKey(this.#run), documentLivesMs, {
      channel: ordersChannel,
      text: this.#run,
    });
    const ready = new Promise<void>((resolve, reject) => {
      this.#settle = (error) => (error === null ? resolve() : reject(error));
      const waiting = (): string => this.#readers.flatMap(({ isReady, shard }) => (isReady ? [] : [shard])).join(", ");
      this.#timers.push(
        setTimeout(
          () => this.#end(new Error(`shards ${waiting()} had no agent ready within ${readyTimeoutMs / 1000} s`)),
          readyTimeoutMs,
        ),
      );
    });
    this.#beat();
    this.#timers.push(setInterval(() => this.#beat(), beatMs));
    pool.subscriber.on("message", this.#hear);
    void pool.subscriber.subscribe(newsChannel(this.#run)).catch(() => {});
    const asked = { atNs: nowNs(), clock: pool.clock };
    queue
      .offer(plans.map((plan) => ({ run: this.#run, plan: stampedByRealtime(plan), control: pool.id, asked })))
      .catch((error: Error) => this.#end(error));
    return ready;
  }

  /** Compares the run's size with the sum of the slots before any shard is handed out. */
  #checkSize(plans: readonly ShardPlan[]): void {
    const { slots, perShard } = carryingOf(this.#options.agents);
    const largest = Math.max(...plans.map(({ engine }) => engine.slots));
    if (plans.length <= slots && largest <= perShard) return;
    const has = `${this.#options.agents.length} agents with ${slots} free slots of at most ${perShard} connections`;
    const text = `expected a plan that fits ${has}, got ${plans.length} shards of up to ${largest}; start more agents, or plan less`;
    throw invalid([{ field: "scenario.connections", text }]);
  }

  #end(error: Error | null): void {
    const settle = this.#settle;
    this.#settle = null;
    settle?.(error);
  }

  /** Rewrites the orders and rereads every shard, to make up for anything that was lost. */
  #beat(): void {
    this.#orders.beat++;
    this.#write();
    for (const { shard, isOver } of this.#readers) if (!isOver) this.#news(shard);
  }

  #write(): void {
    const { pool } = this.#options;
    this.#writer?.write(() => {
      const eventsSeen = Object.fromEntries(
        this.#readers.flatMap(({ shard, eventsSeen: seen }) => (seen > 0 ? [[shard, seen]] : [])),
      );
      const orders = JSON.stringify({
        run: this.#run,
        clock: pool.clock,
        eventsSeen,
        ...this.#orders,
      } satisfies OrdersDocument);
      return pool.seal.close(ordersKey(this.#run), orders);
    });
  }

  #news(shard: number): void {
    this.#dirty.add(shard);
    this.#gather ??= setTimeout(
      () => {
        this.#gather = null;
        void this.#readDirty();
      },
      Math.max(gatherMs, this.#restMs),
    );
  }

  async #readDirty(): Promise<void> {
    if (this.#isReading || this.#orders.isOver) return;
    this.#isReading = true;
    const shards = [...this.#dirty].slice(0, mostPerPass);
    for (const shard of shards) this.#dirty.delete(shard);
    // Redis may be away; the next heartbeat reads again.
    const keys = shards.map((shard) => shardKey(this.#run, shard));
    const texts = await readTexts(this.#options.pool.redis, keys, mostShardBytes).catch(() => []);
    const begunMs = performance.now();
    texts.forEach((text, index) => {
      if (text !== null) this.#takeText(text, shards[index] as number);
    });
    // Rests as long as the work took: a run too large to be read every second is read less often, without losing
    // anything.
    this.#restMs = performance.now() - begunMs;
    this.#isReading = false;
    if (this.#dirty.size > 0) this.#news([...this.#dirty][0] as number);
  }

  /** An unreadable document ends its shard, but never the run or the service. */
  #takeText(text: string | Error, shard: number): void {
    const reader = this.#readers[shard];
    if (reader === undefined || reader.isOver || this.#orders.isOver) return;
    try {
      if (text instanceof Error) throw text;
      this.#take(readShard(text, this.#run, shard, this.#options.pool.seal), reader);
    } catch (error) {
      reader.giveUp();
      this.#lose(shard, printable(`shard ${shard}: its document is invalid: ${(error as Error).message}`));
    }
  }

  #take(document: ShardDocument, reader: ShardReader): void {
    const { messages, ended } = reader.read(document, this.#options.pool.clock);
    for (const message of messages) this.#listener?.message(message);
    if (ended !== null)
      this.#lose(
        reader.shard,
        printable(`shard ${reader.shard} on agent ${document.agent}: ${ended.text}`),
        ended.isUsage === true,
      );
    if (this.#settle !== null && this.#readers.every(({ isReady }) => isReady)) this.#end(null);
  }

  /** Before all shards are ready, losing one fails the preparation. */
  #lose(shard: number, text: string, isUsage = false): void {
    if (this.#settle !== null) this.#end(new ShardNotReady(text, isUsage));
    else this.#listener?.died(shard, text);
  }

  tell(message: ToShard, shard?: number): void {
    this.#orders.told.push({ sequence: this.#orders.told.length + 1, shard: shard ?? null, message });
    this.#write();
  }

  /** Tells every agent that the run is over, and withdraws jobs that were not taken. */
  kill(): void {
    if (this.#orders.isOver || this.#writer === null) return;
    this.#orders.isOver = true;
    this.#end(new Error("the run was stopped"));
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#gather !== null) clearTimeout(this.#gather);
    this.#write();
    const { pool, queue } = this.#options;
    pool.subscriber.off("message", this.#hear);
    pool.track(pool.subscriber.unsubscribe(newsChannel(this.#run)).then(() => {}));
    pool.track(
      queue.withdraw(
        this.#run,
        this.#readers.filter(({ isReady }) => !isReady).map(({ shard }) => shard),
      ),
    );
    // The last write must be sent before the connection is closed.
    pool.track(pool.redis.ping().then(() => {}));
  }
}

/** Publishers and listeners may be on different machines, whose monotonic clocks are unrelated. */
function stampedByRealtime(plan: ShardPlan): ShardPlan {
  return plan.publish == null ? plan : { ...plan, publish: { ...plan.publish, clock: "realtime" } };
}
