/** What a run remembers of its storm, second by second. */
import type { Tally } from "../measure/tally.ts";
import type { StormReport, UsageAt } from "../report/connection-blocks.ts";
import type { Interval } from "../report/report.ts";
import type { StormBlock } from "../scenario/connection-fields.ts";
import type { ShardVitals } from "./shard-plan.ts";

const round = (ms: number): number => Math.round(ms * 100) / 100;

export class StormRecord {
  readonly #storm: StormBlock;
  #atMs: number | null = null;
  #before: UsageAt | null = null;
  #during: UsageAt | null = null;
  #after: UsageAt | null = null;
  #peakPerSecond = 0;
  #last = { atMs: 0, attempted: 0 };

  constructor(storm: StormBlock) {
    this.#storm = storm;
  }

  /** A shard says when the storm began there; the first is the storm's beginning. */
  began(atMs: number): void {
    this.#atMs = this.#atMs === null ? atMs : Math.min(this.#atMs, atMs);
  }

  /** A second of the run. */
  second(interval: Interval, total: Tally): void {
    const { reconnectsAttempted, stormDropped, stormBack } = total.counts;
    const elapsedMs = interval.atMs - this.#last.atMs;
    // A short last interval would make much of few.
    if (elapsedMs > 500) {
      this.#peakPerSecond = Math.max(this.#peakPerSecond, ((reconnectsAttempted - this.#last.attempted) * 1000) / elapsedMs);
      this.#last = { atMs: interval.atMs, attempted: reconnectsAttempted };
    }
    const target = interval.usage.target;
    if (target === null || (interval.phase !== "hold" && interval.phase !== "storm")) return;
    const now = { rssMiB: target.rssMiB, cpu: target.cpu, fds: target.fds };
    if (stormDropped === 0) this.#before = now;
    else if (stormBack < stormDropped) this.#during = most(this.#during, now);
    else {
      // A storm that is over within a second is seen in the first look after it.
      this.#during ??= now;
      this.#after = now;
    }
    if (stormDropped > 0) this.#after = now;
  }

  /** `shards`: their vitals at the start and, once they have ended, at the end. */
  report(total: Tally, shards: readonly { before: ShardVitals | undefined; after: ShardVitals | null }[] | null): StormReport {
    const { stormDropped: dropped, stormBack: back, stormClosed, missedWhileAway } = total.counts;
    const histogram = total.histograms.storm;
    const share = (q: number): number | null => {
      const rank = Math.ceil(q * dropped);
      return histogram === undefined || rank === 0 || rank > back ? null : round(histogram.quantileMs(rank / histogram.count));
    };
    const again = Object.entries(total.parts).filter(([name]) => name.startsWith("again:"));
    return {
      by: this.#storm.by,
      dropped,
      atMs: this.#atMs,
      backMs: { p50: share(0.5), p90: share(0.9), p99: share(0.99), all: back === dropped && back > 0 ? round(histogram?.maxMs ?? 0) : null },
      back,
      stayedAway: dropped - back,
      peakConnectPerSecond: Math.round(this.#peakPerSecond),
      refusedByCause: Object.fromEntries(again.map(([name, count]) => [name.slice("again:".length), count])),
      pushesLostMeanwhile: missedWhileAway,
      closedByTarget: stormClosed,
      targetUsage: { before: this.#before, during: this.#during, after: this.#after },
      generatorLeft: shards === null ? null : leftOver(shards),
    };
  }
}

function most(before: UsageAt | null, now: UsageAt): UsageAt {
  if (before === null) return now;
  return { rssMiB: Math.max(before.rssMiB, now.rssMiB), cpu: Math.max(before.cpu, now.cpu), fds: Math.max(before.fds, now.fds) };
}

function leftOver(shards: readonly { before: ShardVitals | undefined; after: ShardVitals | null }[]): StormReport["generatorLeft"] {
  const sum = (of: (shard: (typeof shards)[number]) => number | undefined): number => shards.reduce((total, shard) => total + (of(shard) ?? 0), 0);
  return {
    fdsBefore: sum(({ before }) => before?.fds),
    fdsAfter: sum(({ after }) => after?.fds),
    rssMiBBefore: round(sum(({ before }) => before?.rssMiB)),
    rssMiBAfter: round(sum(({ after }) => after?.rssMiB)),
  };
}
