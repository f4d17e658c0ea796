/**
 * Sends the connections' messages when they are due and counts them: `due = sent + unsent`, whatever happens to a
 * connection.
 */
import type { CompileText } from "../connection/codec/mqtt/options.ts";
import type { Engine } from "../connection/engine.ts";
import { PushWriter } from "../measure/push-message.ts";
import type { Tally } from "../measure/tally.ts";
import { firstPublishNs, PublishSchedule } from "../plan/publish-plan.ts";
import type { PushLedger } from "./counts/ledger.ts";
import type { ShardPlan } from "./plan.ts";

/** The ledger starts counting slightly before the first message, because CLOCK_REALTIME stamps are rounded. */
const ledgerMarginNs = 1e6;

export class Publishing {
  readonly #plan: ShardPlan;
  readonly #engine: Engine;
  readonly #tally: Tally;
  readonly #message: PushWriter | null;
  readonly #payload: (slot: number) => string;
  #schedule: PublishSchedule | null = null;
  #endNs = Number.NEGATIVE_INFINITY;

  constructor(plan: ShardPlan, engine: Engine, tally: Tally, compile: CompileText) {
    this.#plan = plan;
    this.#engine = engine;
    this.#tally = tally;
    const publish = plan.publish ?? null;
    this.#message = publish === null || publish.payload !== null ? null : new PushWriter(publish.bytes, publish.clock);
    this.#payload = compile(publish?.payload ?? "");
  }

  /** The connections receive what they publish. */
  get hearsItself(): boolean {
    return (this.#plan.publish?.heardBy ?? "unknown") !== "unknown";
  }

  /**
   * Starts publishing; messages due up to `endNs` are sent. Where the connections receive what they publish, sets the
   * ledger's expected pushes.
   */
  hold(startNs: number, endNs: number, ledger: PushLedger): void {
    const { publish, connections, shard, shards, engine } = this.#plan;
    if (publish == null) return;
    const schedule = new PublishSchedule(publish, connections, engine.slots, shard, shards, startNs);
    this.#schedule = schedule;
    this.#endNs = endNs;
    if (this.hearsItself) ledger.beginAt(startNs + firstPublishNs - ledgerMarginNs, (slot) => schedule.baseNs(slot));
  }

  /** Nothing due after this instant is sent. */
  endAt(endNs: number): void {
    this.#endNs = Math.min(this.#endNs, endNs);
  }

  /** How long until a message is due, milliseconds; infinite when none is left. */
  waitMs(atNs: number): number {
    const nextNs = this.#schedule?.nextNs ?? Number.POSITIVE_INFINITY;
    return nextNs > this.#endNs ? Number.POSITIVE_INFINITY : Math.max(0, (nextNs - atNs) / 1e6);
  }

  /** Sends what is due. `now` is called for each message, because it is the instant of its write. */
  step(now: () => number): void {
    const schedule = this.#schedule;
    if (schedule === null) return;
    const { counts } = this.#tally;
    const lag = this.#tally.histogram("publishLag");
    for (let atNs = now(); schedule.nextNs <= atNs && schedule.nextNs <= this.#endNs; atNs = now()) {
      const { slot, tick, dueNs, publisher } = schedule.take();
      counts.publishesDue++;
      const payload =
        this.#message?.write(tick, dueNs, atNs, publisher, this.#engine.offset) ?? Buffer.from(this.#payload(slot));
      if (this.#engine.send(slot, payload, this.#message !== null)) lag.recordNs(atNs - dueNs);
    }
  }

  /** Whether an acknowledgement is still pending. */
  get isOutstanding(): boolean {
    if (this.#schedule === null || this.#plan.engine.mqtt?.publishing?.qos === 0) return false;
    const { publishesSent = 0, publishesAcknowledged = 0, publishesRefused = 0 } = this.#engine.counts.codec ?? {};
    return publishesSent > publishesAcknowledged + publishesRefused;
  }
}
