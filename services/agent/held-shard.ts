/** One shard that an agent has taken: its process, its document in Redis, and the orders it follows. */

import type { FromShard } from "../../clients/generator/plan.ts";
import { isLoopback } from "../../clients/measure/loopback.ts";
import { LocalShards, type ShardGroup, type ShardListener } from "../../clients/run/coordinate/local-shards.ts";
import { probeTargetClock } from "../../clients/run/prepare/target-clock.ts";
import type { ClockReading } from "./clock-reading.ts";
import { DocumentWriter } from "./document-writer.ts";
import { documentLivesMs, newsChannel, shardKey } from "./keys.ts";
import type { Redis } from "./redis.ts";
import type { Seal } from "./seal.ts";
import {
  emptyDocument,
  type OrdersDocument,
  type ShardDocument,
  type ShardJob,
  withMessage,
  withoutSeen,
} from "./shard-documents.ts";
import { convertOrder } from "./told-instants.ts";

/**
 * Without news for this long, the control service or Redis is considered gone: a generator that nothing supervises must
 * not keep running. It first closes its connections; its process is ended within half a minute of silence.
 */
export const drainAfterMs = 24_000;
export const endAfterMs = 28_500;

/** What an agent provides to its shards. */
export interface ShardHolder {
  /** The agent's id. */
  agent: string;
  redis: Redis;
  seal: Seal;
  clock: () => ClockReading;
}

export class HeldShard implements ShardListener {
  readonly job: ShardJob;
  readonly #group: ShardGroup;
  readonly #writer: DocumentWriter;
  readonly #holder: ShardHolder;
  #document: ShardDocument;
  #nextEvent = 1;
  #followed = 0;
  #beat = -1;
  #beatAtMs: number;
  #isRunOver = false;
  #isLetGo = false;

  constructor(job: ShardJob, holder: ShardHolder, nowMs: number, group: ShardGroup = new LocalShards()) {
    const { run, plan } = job;
    this.job = job;
    this.#group = group;
    this.#holder = holder;
    this.#beatAtMs = nowMs;
    this.#document = emptyDocument(plan.shard, holder.agent, holder.clock());
    this.#writer = new DocumentWriter(holder.redis, shardKey(run, plan.shard), documentLivesMs, {
      channel: newsChannel(run),
      text: String(plan.shard),
    });
  }

  /** Whether its process has ended, for whatever reason. */
  get hasEnded(): boolean {
    return this.#document.isDone || this.#document.ended !== null;
  }

  /** Starts the shard process once the target's clock is known. Never rejects: errors are recorded in the document. */
  async prepare(): Promise<void> {
    const { plan } = this.job;
    const [endpoint] = plan.engine.endpoints;
    try {
      if (plan.engine.protocolModule !== undefined)
        throw new Error("expected a built-in protocol: agents do not load protocols from files");
      const clock = endpoint === undefined || isLoopback(endpoint.address) ? null : await probeTargetClock(endpoint);
      if (clock !== null) this.#document.clockError = { boundMs: clock.boundMs };
      await this.#group.prepare([clock === null ? plan : { ...plan, targetClockOffsetNs: clock.offsetNs }], this);
    } catch (error) {
      this.end((error as Error).message, true);
    }
  }

  message(message: FromShard): void {
    // It was abandoned: a regular end now would look as if it had completed its work.
    if (this.#isLetGo) return;
    this.#document = withMessage(this.#document, message, this.#nextEvent);
    if (message.type === "events") this.#nextEvent += message.events.length;
    this.tell();
  }

  died(_shard: number, text: string): void {
    this.end(text, false);
  }

  /** Completes the document of a shard that ended without reporting it. */
  end(text: string, isFailure: boolean): void {
    if (!this.hasEnded) this.#document = { ...this.#document, ended: { text, isFailure } };
    this.tell();
  }

  /** Writes the document; called after each change and once a second, so that no single write matters. */
  tell(): void {
    const { seal, clock } = this.#holder;
    const { run, plan } = this.job;
    this.#writer.write(() =>
      seal.close(shardKey(run, plan.shard), JSON.stringify({ ...this.#document, clock: clock() })),
    );
  }

  /** Follows new orders; null: none are known. A document older than the last one is ignored. */
  follow(orders: OrdersDocument | null, nowMs: number): void {
    if (orders === null || orders.beat < this.#beat) return;
    if (orders.beat > this.#beat) this.#beatAtMs = nowMs;
    this.#beat = orders.beat;
    this.#isRunOver ||= orders.isOver;
    const { shard } = this.job.plan;
    this.#document = withoutSeen(this.#document, orders.eventsSeen[shard] ?? 0);
    // Orders wait until there is a process to receive them.
    if (this.#document.ready === null || this.#isLetGo) return;
    for (const { sequence, shard: told, message } of orders.told) {
      if (sequence <= this.#followed) continue;
      this.#followed = sequence;
      if (told === null || told === shard)
        this.#group.tell(convertOrder(message, orders.clock, this.#holder.clock()), shard);
    }
  }

  /**
   * Whether the shard should keep running at this instant. Needs no Redis, so it also works while Redis is away. After
   * a silence, connections are closed first, and the document says that the control service was gone.
   */
  isHeld(nowMs: number): boolean {
    const quietMs = nowMs - this.#beatAtMs;
    if (this.#isRunOver || quietMs > endAfterMs) return false;
    if (quietMs > drainAfterMs && !this.#isLetGo) {
      this.end(`the service sent nothing for ${drainAfterMs / 1000} s; its connections were closed`, false);
      this.#isLetGo = true;
      this.#group.tell({ type: "stop" }, this.job.plan.shard);
    }
    return true;
  }

  kill(): void {
    this.#group.kill();
  }
}
