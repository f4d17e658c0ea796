/** Collects what the blocks of a connections run need: a storm, slow readers, the regularity of what carries no stamp. */

import type { ShardPlan, ShardVitals } from "../../generator/plan.ts";
import type { Tally } from "../../measure/tally.ts";
import type { ConnectionBlocks, RegularityReport, SlowReadersReport } from "../../report/model/connection-blocks.ts";
import { quantilesOf } from "../../report/model/quantiles.ts";
import type { Interval, Reason } from "../../report/model/report.ts";
import { StormRecord } from "./storm-record.ts";

export class ConnectionRecord {
  readonly #plans: readonly ShardPlan[];
  readonly #storm: StormRecord | null;
  readonly #baselines = new Map<number, ShardVitals>();
  #targetRssMiB: SlowReadersReport["targetRssMiB"] = null;

  constructor(plans: readonly ShardPlan[]) {
    this.#plans = plans;
    const storm = plans[0]?.storm ?? null;
    this.#storm = storm === null ? null : new StormRecord(storm);
  }

  /** A shard's vitals before it has a connection. */
  baseline(shard: number, vitals: ShardVitals): void {
    this.#baselines.set(shard, vitals);
  }

  stormBegan(atMs: number): void {
    this.#storm?.began(atMs);
  }

  second(interval: Interval, total: Tally): void {
    this.#storm?.second(interval, total);
    const target = interval.usage.target;
    if (target === null || (interval.phase !== "hold" && interval.phase !== "storm")) return;
    const { rssMiB } = target;
    const before = this.#targetRssMiB;
    this.#targetRssMiB = { atStart: before?.atStart ?? rssMiB, atEnd: rssMiB, peak: Math.max(before?.peak ?? 0, rssMiB) };
  }

  /** `shards`: the last vitals of each, once all have ended; null before. */
  blocks(total: Tally, isStamped: boolean, shards: readonly (ShardVitals | null)[] | null): ConnectionBlocks {
    const left = shards?.map((after, shard) => ({ before: this.#baselines.get(shard), after })) ?? null;
    const slow = this.#slowReaders(total);
    const regularity = isStamped ? null : this.#regularity(total);
    return {
      ...(this.#storm === null ? {} : { storm: this.#storm.report(total, left) }),
      ...(slow === null ? {} : { slowReaders: slow }),
      ...(regularity === null ? {} : { regularity }),
    };
  }

  #slowReaders({ counts, parts }: Tally): SlowReadersReport | null {
    const connections = this.#plans.reduce((sum, { engine }) => sum + engine.slowSlots, 0);
    if (connections === 0) return null;
    const own = Object.entries(parts).filter(([name]) => name.startsWith("slow:"));
    return {
      connections,
      bytesPerSecond: this.#plans[0]?.slowBytesPerSecond ?? 0,
      due: counts.slowReceived + counts.slowLost,
      received: counts.slowReceived,
      late: counts.slowLate,
      lost: counts.slowLost,
      closedUnexpectedly: counts.slowClosed,
      byCause: Object.fromEntries(own.map(([name, count]) => [name.slice("slow:".length), count])),
      targetRssMiB: this.#targetRssMiB,
    };
  }

  #regularity({ counts, histograms }: Tally): RegularityReport | null {
    const off = quantilesOf(histograms.gapDeviation);
    if (off === null) return null;
    const { p50, p99, max } = off;
    return { intervalMs: this.#plans[0]?.push.intervalMs ?? 0, gaps: counts.gaps, evenShare: counts.evenGaps / counts.gaps, deviationMs: { p50, p99, max } };
  }

  /** What of the load was not applied: a storm that never came. */
  unapplied({ counts }: Tally): Reason[] {
    const storm = this.#plans[0]?.storm ?? null;
    if (storm === null || counts.stormDropped > 0) return [];
    const why = storm.by === "target" ? "the target dropped no connection after" : "no connection was open to drop, or the hold ended before";
    return [{ code: "load-not-applied", text: `the storm never came: ${why} ${storm.after} of the hold` }];
  }

  /** What a reader should know of how messages without a tick were measured. */
  remarks({ counts }: Tally): Reason[] {
    const stamp = this.#plans[0]?.push.stamp ?? "auto";
    if (counts.stampedPushes === 0) return [];
    const text = `${counts.stampedPushes} messages carried an instant (${stamp}) and no number: push latency runs from that instant to the kernel's receive stamp; how many were due nobody can know`;
    return [{ code: "latency-from-stamp", text }];
  }
}
