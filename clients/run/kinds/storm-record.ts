/** Records a run's storm, second by second. */

import type { ShardVitals } from "../../generator/plan.ts";
import type { Tally } from "../../measure/tally.ts";
import type { Interval } from "../../report/model/interval.ts";
import type { StormReport, UsageAt } from "../../report/model/schema/connection-blocks.ts";
import type { StormBlock } from "../../scenario/fields/connection-fields.ts";

const round = (ms: number): number => Math.round(ms * 100) / 100;

/** Resource usage in a part of the run: memory in its last second, mean CPU. */
class UsagePart {
  #seconds = 0;
  #cpuSum = 0;
  #rssMiB = 0;

  add(rssMiB: number, cpu: number): void {
    this.#seconds++;
    this.#cpuSum += cpu;
    this.#rssMiB = rssMiB;
  }

  get usage(): UsageAt | null {
    return this.#seconds === 0 ? null : { rssMiB: this.#rssMiB, cpu: this.#cpuSum / this.#seconds };
  }
}

export class StormRecord {
  readonly #storm: StormBlock;
  #atMs: number | null = null;
  readonly #before = new UsagePart();
  #during: UsageAt | null = null;
  readonly #after = new UsagePart();
  #peakPerSecond = 0;
  #last = { atMs: 0, attempted: 0 };

  constructor(storm: StormBlock) {
    this.#storm = storm;
  }

  /** A shard reported when its storm began; the earliest counts. */
  began(atMs: number): void {
    this.#atMs = this.#atMs === null ? atMs : Math.min(this.#atMs, atMs);
  }

  /** Records one second of the run. */
  second(interval: Interval, total: Tally): void {
    const { reconnectsAttempted, stormDropped, stormBack } = total.counts;
    const elapsedMs = interval.atMs - this.#last.atMs;
    // A short last interval would exaggerate rates.
    if (elapsedMs > 500) {
      this.#peakPerSecond = Math.max(
        this.#peakPerSecond,
        ((reconnectsAttempted - this.#last.attempted) * 1000) / elapsedMs,
      );
      this.#last = { atMs: interval.atMs, attempted: reconnectsAttempted };
    }
    const target = interval.usage.target;
    if (target === null || (interval.phase !== "hold" && interval.phase !== "storm")) return;
    const { rssMiB, cpu } = target;
    if (stormDropped === 0) this.#before.add(rssMiB, cpu);
    else if (stormBack < stormDropped || this.#during === null) this.#during = most(this.#during, { rssMiB, cpu });
    else this.#after.add(rssMiB, cpu);
  }

  /** `shards`: their vitals at the start and, once they have ended, at the end. */
  report(
    total: Tally,
    shards: readonly { before: ShardVitals | undefined; after: ShardVitals | null }[] | null,
  ): StormReport {
    const { stormDropped: dropped, stormBack: back, stormClosed, missedWhileAway } = total.counts;
    const histogram = total.histograms.storm;
    const share = (q: number): number | null => {
      const rank = Math.ceil(q * dropped);
      return histogram === undefined || rank === 0 || rank > back
        ? null
        : round(histogram.quantileMs(rank / histogram.count));
    };
    return {
      by: this.#storm.by,
      dropped,
      atMs: this.#atMs,
      backMs: {
        p50: share(0.5),
        p90: share(0.9),
        p99: share(0.99),
        all: back === dropped && back > 0 ? round(histogram?.maxMs ?? 0) : null,
      },
      back,
      stayedAway: dropped - back,
      peakConnectPerSecond: Math.round(this.#peakPerSecond),
      refusedByCause: total.partsOf("again"),
      pushesLostMeanwhile: missedWhileAway,
      closedByTarget: stormClosed,
      targetUsage: { before: this.#before.usage, during: this.#during, after: this.#after.usage },
      generatorLeft: shards === null ? null : leftOver(shards),
    };
  }
}

function most(before: UsageAt | null, now: UsageAt): UsageAt {
  if (before === null) return now;
  return { rssMiB: Math.max(before.rssMiB, now.rssMiB), cpu: Math.max(before.cpu, now.cpu) };
}

function leftOver(
  shards: readonly { before: ShardVitals | undefined; after: ShardVitals | null }[],
): StormReport["generatorLeft"] {
  const sum = (of: (shard: (typeof shards)[number]) => number | undefined): number =>
    shards.reduce((total, shard) => total + (of(shard) ?? 0), 0);
  return {
    fdsBefore: sum(({ before }) => before?.fds),
    fdsAfter: sum(({ after }) => after?.fds),
    rssMiBBefore: round(sum(({ before }) => before?.rssMiB)),
    rssMiBAfter: round(sum(({ after }) => after?.rssMiB)),
  };
}
