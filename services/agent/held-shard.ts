/** One shard an agent has taken: its process, its document in Redis, and the orders it follows. */

import type { FromShard } from "../../clients/generator/plan.ts";
import { isLoopback } from "../../clients/measure/loopback.ts";
import { LocalShards, type ShardGroup, type ShardListener } from "../../clients/run/coordinate/local-shards.ts";
import { probeTargetClock } from "../../clients/run/prepare/target-clock.ts";
import type { ClockReading } from "./clock-reading.ts";
import { DocumentWriter } from "./document-writer.ts";
import { documentLivesMs, newsChannel, shardKey } from "./keys.ts";
import type { Redis } from "./redis.ts";
import { emptyDocument, type OrdersDocument, type ShardDocument, type ShardJob, withMessage, withoutSeen } from "./shard-documents.ts";
import { convertOrder } from "./told-instants.ts";

/** A control that says nothing new for this long is gone: a generator nobody listens to must not go on. */
export const controlLostMs = 30_000;

export class HeldShard implements ShardListener {
  readonly job: ShardJob;
  readonly #group: ShardGroup;
  readonly #writer: DocumentWriter;
  readonly #clock: () => ClockReading;
  #document: ShardDocument;
  #nextEvent = 1;
  #followed = 0;
  #beat = -1;
  #beatAtMs: number;

  constructor(job: ShardJob, agent: string, redis: Redis, clock: () => ClockReading, nowMs: number, group: ShardGroup = new LocalShards()) {
    const { run, plan } = job;
    this.job = job;
    this.#group = group;
    this.#clock = clock;
    this.#beatAtMs = nowMs;
    this.#document = emptyDocument(plan.shard, agent, clock());
    this.#writer = new DocumentWriter(redis, shardKey(run, plan.shard), documentLivesMs, { channel: newsChannel(run), text: String(plan.shard) });
  }

  /** Whether its process has ended, by itself or not. */
  get hasEnded(): boolean {
    return this.#document.isDone || this.#document.ended !== null;
  }

  /** Starts the shard process, once the target's clock is known. Never rejects: what goes wrong is in the document. */
  async prepare(): Promise<void> {
    const { plan } = this.job;
    const [endpoint] = plan.engine.endpoints;
    const clock = endpoint === undefined || isLoopback(endpoint.address) ? null : await probeTargetClock(endpoint);
    if (clock !== null) this.#document.clockError = { boundMs: clock.boundMs };
    try {
      await this.#group.prepare([clock === null ? plan : { ...plan, targetClockOffsetNs: clock.offsetNs }], this);
    } catch (error) {
      this.end((error as Error).message, true);
    }
  }

  message(message: FromShard): void {
    this.#document = withMessage(this.#document, message, this.#nextEvent);
    if (message.type === "events") this.#nextEvent += message.events.length;
    this.tell();
  }

  died(_shard: number, text: string): void {
    this.end(text, false);
  }

  /** Closes the document: the shard ended without saying so. */
  end(text: string, isFailure: boolean): void {
    if (!this.hasEnded) this.#document = { ...this.#document, ended: { text, isFailure } };
    this.tell();
  }

  /** Writes the document; done after each change and once a second, so that nothing depends on one write. */
  tell(): void {
    this.#writer.write(() => JSON.stringify({ ...this.#document, clock: this.#clock() }));
  }

  /** Does what control newly wants. False: the run is over, or its control is gone; let go of this shard. */
  follow(orders: OrdersDocument | null, nowMs: number): boolean {
    if (orders !== null && orders.beat !== this.#beat) {
      this.#beat = orders.beat;
      this.#beatAtMs = nowMs;
    }
    if (orders?.isOver === true || nowMs - this.#beatAtMs > controlLostMs) return false;
    if (orders === null) return true;
    const { shard } = this.job.plan;
    this.#document = withoutSeen(this.#document, orders.eventsSeen[shard] ?? 0);
    // Orders wait until there is a process to take them.
    if (this.#document.ready === null) return true;
    for (const { sequence, shard: told, message } of orders.told) {
      if (sequence <= this.#followed) continue;
      this.#followed = sequence;
      if (told === null || told === shard) this.#group.tell(convertOrder(message, orders.clock, this.#clock()), shard);
    }
    return true;
  }

  kill(): void {
    this.#group.kill();
  }
}
