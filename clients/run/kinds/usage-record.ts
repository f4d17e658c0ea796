/** Resource usage of target and generator during a run: memory, CPU, descriptors. */
import type { ShardVitals } from "../../generator/plan.ts";
import { Neighbours } from "../../measure/host/neighbours.ts";
import { ownVitals } from "../../measure/host/own-vitals.ts";
import type { TreeSample as TargetSample } from "../../measure/host/process-tree.ts";
import { UsageSeries } from "../../measure/host/usage-series.ts";
import type { Measurement } from "../../report/model/build-report.ts";
import type { Interval } from "../../report/model/interval.ts";
import type { RunTotals } from "../coordinate/totals.ts";
import type { TargetWatch } from "../prepare/target-watch.ts";

const zeroUsage = { rssMiB: { steady: 0, peak: 0 }, cpu: { mean: 0, peak: 0 }, fds: 0 };

export class UsageRecord {
  readonly #totals: RunTotals;
  readonly #watch: TargetWatch;
  #targetNow: Interval["usage"]["target"] = null;
  replicas: TargetSample[] = [];
  readonly target = new UsageSeries();
  readonly #generatorUsage = new UsageSeries();
  readonly #neighbours = new Neighbours();
  readonly #baselines = new Map<number, number>();
  #mostBytesPerConnection: number | null = null;

  constructor(watch: TargetWatch, totals: RunTotals) {
    this.#totals = totals;
    this.#watch = watch;
  }

  /** A shard's memory before it has any connection. */
  baseline(shard: number, { rssMiB }: ShardVitals): void {
    this.#baselines.set(shard, rssMiB);
  }

  /** Call once a second. `open`: connections now; `isHeld`: none is still being opened. */
  sample(atNs: number, open: number, isHeld: boolean): Interval["usage"] {
    const usage = { target: this.#sampleTarget(), generator: this.#sampleGenerator(atNs, open, isHeld) };
    if (isHeld) this.#neighbours.sample(usage.target === null ? null : usage.target.cpu + usage.generator.cpu);
    return usage;
  }

  /** Usage over the hold, or over the whole run where there was none. */
  of(hold: { fromNs: number; toNs: number } | undefined): Measurement["usage"] {
    const most = this.#mostBytesPerConnection;
    return {
      target: this.#watch.lost === null ? this.target.usage(hold) : null,
      generator: this.#generatorUsage.usage(hold) ?? zeroUsage,
      bytesPerConnection: most === null ? null : Math.round(most),
      starvedShare: this.#neighbours.share,
    };
  }

  #sampleTarget(): Interval["usage"]["target"] {
    this.replicas = this.#watch.sample();
    const living = this.replicas.filter(({ pids }) => pids.length > 0);
    if (living.length === 0) return null;
    const sum = (of: (sample: TargetSample) => number): number =>
      this.replicas.reduce((total, sample) => total + of(sample), 0);
    // Repeats the last values when there is no newer sample.
    if (this.replicas[0]!.atNs === this.target.last?.atNs) return this.#targetNow;
    const isProportional = living.every(({ pssMiB }) => pssMiB !== null);
    const sample = {
      atNs: this.replicas[0]!.atNs,
      rssMiB: sum(({ rssMiB }) => rssMiB),
      pssMiB: isProportional ? sum(({ pssMiB }) => pssMiB ?? 0) : null,
      cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
      fds: sum(({ fds }) => fds),
      threads: sum(({ threads }) => threads),
    };
    const cpu = this.target.add(sample);
    this.#targetNow = {
      rssMiB: sample.rssMiB,
      ...(sample.pssMiB === null ? {} : { pssMiB: sample.pssMiB }),
      cpu,
      fds: sample.fds,
      threads: sample.threads,
    };
    return this.#targetNow;
  }

  /** Usage of all shard processes and this one. */
  #sampleGenerator(atNs: number, open: number, isHeld: boolean): Interval["usage"]["generator"] {
    const own = ownVitals();
    const sum = (of: (vitals: ShardVitals) => number): number =>
      this.#totals.shards.reduce((total, { vitals }) => total + (vitals === null ? 0 : of(vitals)), 0);
    const shardRssMiB = sum(({ rssMiB }) => rssMiB);
    const sample = {
      atNs,
      rssMiB: own.rssMiB + shardRssMiB,
      cpuSeconds: own.cpuSeconds + sum(({ cpuSeconds }) => cpuSeconds),
      fds: own.fds + sum(({ fds }) => fds),
    };
    const cpu = this.#generatorUsage.add(sample);
    const baseline = [...this.#baselines.values()].reduce((total, mib) => total + mib, 0);
    if (open > 0 && isHeld) {
      this.#mostBytesPerConnection = Math.max(
        this.#mostBytesPerConnection ?? 0,
        ((shardRssMiB - baseline) * 2 ** 20) / open,
      );
    }
    const loopDelayMs = Math.max(0, ...this.#totals.shards.map(({ vitals }) => vitals?.loopDelayMs ?? 0));
    return { rssMiB: sample.rssMiB, cpu, fds: sample.fds, loopDelayMs };
  }
}
