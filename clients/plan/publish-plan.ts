/**
 * When the connections of a run publish. Publisher i of P sends its message r at base + (r P + i) (every / P):
 *
 *   publisher   0    1    2    0    1    2
 *   ------------|----|----|----|----|----|--->   every = three steps
 *   message     0    0    0    1    1    1
 *
 * Publishers are the last P connections and slow readers the first, so that they differ where both fit. Pure.
 */
import { connectionNumber } from "./shard.ts";

export interface PublishPlan {
  everyMs: number;
  /** Publishing connections in the whole run. */
  publishers: number;
  bytes: number;
  /** Null: a message with Holdfast's stamp and number. */
  payload: string | null;
  /** Clock of the stamps: `realtime` where publishers and listeners may be on different machines. */
  clock: "monotonic" | "realtime";
  /**
   * Who receives a publisher's messages: `all` connections of the run, or only itself; `unknown`: the numbers do not
   * tell what is due.
   */
  heardBy: "all" | "own" | "unknown";
}

/**
 * Time from the start of the hold to the first message, nanoseconds: enough for all shards to be notified of the hold.
 * An odd number, so that with common intervals no message is due exactly at the end of the hold.
 */
export const firstPublishNs = 253_700_001;

export interface Due {
  slot: number;
  publisher: number;
  tick: number;
  dueNs: number;
}

/** A shard's messages in the order in which they are due; one object is reused for all. */
export class PublishSchedule {
  readonly #plan: PublishPlan;
  readonly #shards: number;
  readonly #firstSlot: number;
  readonly #firstPublisher: number;
  readonly #own: number;
  readonly #everyNs: number;
  readonly #stepNs: number;
  readonly #baseNs: number;
  #round = 0;
  #turn = 0;
  readonly #due: Due = { slot: 0, publisher: 0, tick: 0, dueNs: 0 };

  constructor(plan: PublishPlan, connections: number, slots: number, shard: number, shards: number, holdNs: number) {
    const firstNumber = connections - plan.publishers;
    this.#plan = plan;
    this.#shards = shards;
    this.#firstSlot = Math.max(0, Math.ceil((firstNumber - shard) / shards));
    this.#firstPublisher = connectionNumber(this.#firstSlot, shard, shards) - firstNumber;
    this.#own = slots - this.#firstSlot;
    this.#everyNs = Math.round(plan.everyMs * 1e6);
    this.#stepNs = this.#everyNs / plan.publishers;
    this.#baseNs = Math.round(holdNs) + firstPublishNs;
  }

  /** When the next message is due; infinite when this shard has none left. */
  get nextNs(): number {
    return this.#own <= 0
      ? Number.POSITIVE_INFINITY
      : this.#dueNs(this.#round, this.#firstPublisher + this.#turn * this.#shards);
  }

  #dueNs(round: number, publisher: number): number {
    return Math.round(this.#baseNs + publisher * this.#stepNs) + round * this.#everyNs;
  }

  /** Takes the next message. */
  take(): Due {
    const due = this.#due;
    due.publisher = this.#firstPublisher + this.#turn * this.#shards;
    due.slot = this.#firstSlot + this.#turn;
    due.dueNs = this.#dueNs(this.#round, due.publisher);
    due.tick = this.#round;
    this.#turn++;
    if (this.#turn === this.#own) {
      this.#turn = 0;
      this.#round++;
    }
    return due;
  }

  /** Whether a slot publishes. */
  publishes(slot: number): boolean {
    return slot >= this.#firstSlot;
  }

  /** Due instant of the first message a slot can receive; NaN when it receives none. */
  baseNs(slot: number): number {
    if (this.#plan.heardBy === "all") return this.#baseNs;
    return this.#plan.heardBy === "own" && this.publishes(slot)
      ? this.#dueNs(0, this.#firstPublisher + (slot - this.#firstSlot) * this.#shards)
      : Number.NaN;
  }
}
