/**
 * The counts of a run: the last tally of each shard, and their sum. The account of a shard that died is closed with its
 * last tally: open connections count as lost to `generator-died`, pending ones as refused by it, the rest as not
 * attempted.
 */

import type { ShardVitals } from "../../generator/plan.ts";
import { buryTally } from "../../measure/bury-tally.ts";
import { mergeTallies, Tally } from "../../measure/tally.ts";
import { fromWire, type WireTally } from "../../measure/tally-wire.ts";

export interface ShardAccount {
  tally: Tally;
  vitals: ShardVitals | null;
  state: "running" | "done" | "died";
}

export class RunTotals {
  /** Of the current shard in each position. */
  readonly shards: ShardAccount[];
  /** Of shards that died and were replaced. */
  readonly #replaced: ShardAccount[] = [];
  /** Most connections open at once over all shards, as seen in their tallies. */
  #peak = 0;

  /** `planned`: connections of each shard. */
  constructor(planned: readonly number[]) {
    this.shards = planned.map((count) => {
      const tally = new Tally();
      tally.counts.planned = count;
      return { tally, vitals: null, state: "running" };
    });
  }

  /** Stores a shard's tally, unless its account is closed. */
  take(shard: number, wire: WireTally, vitals: ShardVitals, isFinal: boolean): void {
    const account = this.shards[shard];
    if (account === undefined || account.state !== "running") return;
    account.tally = fromWire(wire, account.tally);
    account.vitals = vitals;
    if (isFinal) account.state = "done";
    this.#peak = Math.max(this.#peak, this.sum("open"));
  }

  /** Closes the account of a shard that died. */
  bury(shard: number): void {
    const account = this.shards[shard];
    if (account === undefined || account.state !== "running") return;
    account.state = "died";
    buryTally(account.tally);
  }

  /**
   * Opens an empty account for the replacement of a shard that died. The closed account remains in every sum, with what
   * it planned, opened and lost; the replacement plans nothing and only adds reconnects.
   */
  replace(shard: number): void {
    const buried = this.shards[shard];
    if (buried === undefined || buried.state !== "died") return;
    this.#replaced.push(buried);
    this.shards[shard] = { tally: new Tally(), vitals: null, state: "running" };
  }

  get #all(): ShardAccount[] {
    return [...this.#replaced, ...this.shards];
  }

  sum(counter: keyof Tally["counts"]): number {
    return this.#all.reduce((total, { tally }) => total + tally.counts[counter], 0);
  }

  get peak(): number {
    return Math.max(this.#peak, this.sum("open"));
  }

  get isOver(): boolean {
    return this.shards.every(({ state }) => state !== "running");
  }

  get died(): number {
    return this.#all.filter(({ state }) => state === "died").length;
  }

  merged(): Tally {
    return mergeTallies(this.#all.map(({ tally }) => tally));
  }
}
