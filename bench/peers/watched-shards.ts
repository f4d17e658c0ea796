/** Local shards with a record of each of their seconds, from which a bench derives its figures. */

import type { FromShard, ShardPlan, ToShard } from "../../clients/generator/plan.ts";
import { nowNs } from "../../clients/measure/clock.ts";
import { LocalShards, type ShardGroup, type ShardListener } from "../../clients/run/coordinate/local-shards.ts";

/** A shard at the time of one of its reports. */
interface ShardSecond {
  atNs: number;
  rssBytes: number;
  cpuMs: number;
  received: number;
  open: number;
  reconnects: number;
  /** Size of the message sent to the parent, characters. */
  wireBytes: number;
}

export class WatchedShards implements ShardGroup {
  readonly #shards = new LocalShards();
  /** By shard: when it was ready, before its first connection. */
  readonly ready: ShardSecond[] = [];
  /** By shard: its reports in order. */
  readonly seconds: ShardSecond[][] = [];

  prepare(plans: ShardPlan[], listener: ShardListener): Promise<void> {
    for (const { shard } of plans) this.seconds[shard] = [];
    const message = (heard: FromShard): void => {
      this.#note(heard);
      listener.message(heard);
    };
    return this.#shards.prepare(plans, { message, died: (shard, text) => listener.died(shard, text) });
  }

  #note(message: FromShard): void {
    if (message.type !== "ready" && message.type !== "tally") return;
    const { rssMiB, cpuSeconds } = message.vitals;
    const vitals = { rssBytes: rssMiB * 2 ** 20, cpuMs: cpuSeconds * 1000 };
    if (message.type === "ready") {
      this.ready[message.shard] = { atNs: nowNs(), received: 0, open: 0, reconnects: 0, wireBytes: 0, ...vitals };
      return;
    }
    const { received = 0, open = 0, reconnectsOpened = 0 } = message.tally.counts;
    this.seconds[message.shard]!.push({
      atNs: message.atNs,
      received,
      open,
      reconnects: reconnectsOpened,
      wireBytes: JSON.stringify(message).length,
      ...vitals,
    });
  }

  /** First and last report of each shard between two instants; shards with fewer than two reports there are omitted. */
  within(fromNs: number, toNs: number): { first: ShardSecond; last: ShardSecond }[] {
    return this.seconds.flatMap((all) => {
      const inside = all.filter(({ atNs }) => atNs >= fromNs && atNs <= toNs);
      const [first, last] = [inside[0], inside.at(-1)];
      return first === undefined || last === undefined || first === last ? [] : [{ first, last }];
    });
  }

  /** Sum of a figure over the shards when they were ready. */
  base(field: "rssBytes" | "cpuMs"): number {
    return this.ready.reduce((sum, ready) => sum + ready[field], 0);
  }

  tell(message: ToShard, shard?: number): void {
    this.#shards.tell(message, shard);
  }

  kill(): void {
    this.#shards.kill();
  }

  get pids(): number[] {
    return this.#shards.pids;
  }
}
