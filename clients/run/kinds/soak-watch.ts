/** Collects what a soak is judged by, from each second of its hold, in bounded memory. */
import { collectGarbage } from "../../measure/host/own-heap.ts";
import { ownAnonymousMiB } from "../../measure/host/own-vitals.ts";
import { BoundedSeries } from "../../measure/statistics/bounded-series.ts";
import { type Burst, burstsOf, type PushWindow } from "../../plan/search/trial-judgement.ts";
import type { Report } from "../../report/model/report.ts";
import type { RunObserver, Snapshot } from "../coordinate/observer.ts";

const mebibyte = 2 ** 20;

/** Seconds between our own garbage collections: the sawtooth would hide a slope of megabytes per hour. */
const collectEvery = 30;

/** Number of shards a run has replaced, from its notes. */
export const replacedIn = ({ notes }: Report): number => notes.filter(({ code }) => code === "shard-replaced").length;

export class SoakWatch implements RunObserver {
  /** Bytes. */
  readonly targetMemory = new BoundedSeries("minimum");
  readonly generatorMemory = new BoundedSeries("minimum");
  /** Memory of each generator process by name, bytes. */
  readonly ownMemory = new Map<string, BoundedSeries>();
  readonly targetFds = new BoundedSeries("minimum");
  readonly generatorFds = new BoundedSeries("minimum");
  /** Per-burst p99, milliseconds. */
  readonly bursts = new BoundedSeries("every-other");
  /** Connections. */
  readonly open = new BoundedSeries("every-other");
  readonly gaps = new BoundedSeries("every-other");
  readonly #intervalMs: number;
  #window: PushWindow[] = [];
  holdMs: number | null = null;
  lastMs = 0;
  pushes = 0;
  replacedShards = 0;
  #seconds = 0;

  constructor(pushIntervalMs: number) {
    this.#intervalMs = pushIntervalMs;
  }

  phase(phase: string, atMs: number): void {
    // A load in stages is held several times.
    if (phase === "hold") this.holdMs ??= atMs;
  }

  snapshot({ interval, phase, report, shards }: Snapshot): void {
    this.replacedShards = replacedIn(report);
    if (phase !== "hold" || this.holdMs === null) return;
    if (++this.#seconds % collectEvery === 0) collectGarbage();
    const { atMs, usage, latencyMs } = interval;
    const ofShards = shards.map(({ vitals }) => vitals?.rssMiB ?? 0);
    const resident = usage.generator.rssMiB - ofShards.reduce((sum, mib) => sum + mib, 0);
    // Resident file-backed pages of the node executable vary with the machine's page cache, so they are excluded.
    const coordinator = ownAnonymousMiB() ?? resident;
    this.#addOwn("coordinator", atMs, coordinator);
    for (const [shard, mib] of ofShards.entries()) this.#addOwn(`shard ${shard}`, atMs, mib);
    this.lastMs = atMs;
    this.open.add(atMs, interval.connections.open);
    this.generatorMemory.add(atMs, (usage.generator.rssMiB - resident + coordinator) * mebibyte);
    this.generatorFds.add(atMs, usage.generator.fds);
    if (usage.target !== null) {
      this.targetMemory.add(atMs, usage.target.rssMiB * mebibyte);
      this.targetFds.add(atMs, usage.target.fds);
    }
    if (latencyMs.generatorGap) this.gaps.add(atMs, latencyMs.generatorGap.p99);
    if (latencyMs.push) this.#burst({ atMs, count: latencyMs.push.count, p99Ms: latencyMs.push.p99 });
    this.pushes += latencyMs.push?.count ?? 0;
  }

  #addOwn(name: string, atMs: number, mib: number): void {
    const series = this.ownMemory.get(name) ?? new BoundedSeries("minimum");
    this.ownMemory.set(name, series);
    series.add(atMs, mib * mebibyte);
  }

  /** Assembles windows into bursts; the last burst waits for more windows. */
  #burst(window: PushWindow): void {
    this.#window.push(window);
    const bursts = burstsOf(this.#window, this.#intervalMs);
    if (bursts.length < 2) return;
    this.bursts.add(bursts[0]!.atMs, bursts[0]!.p99Ms);
    this.#window = [window];
  }

  /** The bursts including the incomplete one. */
  allBursts(): Burst[] {
    const { atMs, values } = this.bursts.series;
    const done = atMs.map((at, index): Burst => ({ atMs: at, p99Ms: values[index]! }));
    return [...done, ...burstsOf(this.#window, this.#intervalMs)];
  }
}
