/**
 * Watches one trial of a capacity search: the tally around its sustain phase, its intervals, and the utilization of
 * target and host.
 */
import { busyCores, type HostTimes, readHostTimes } from "../../measure/host/host-load.ts";
import { ThreadLoad } from "../../measure/host/thread-load.ts";
import type { Latency } from "../../measure/latency.ts";
import type { Tally } from "../../measure/tally.ts";
import type { PushWindow } from "../../plan/search/trial-judgement.ts";
import { quantilesOf } from "../../report/model/quantiles.ts";
import type { RunObserver, Snapshot } from "../coordinate/observer.ts";

/** The pushes of the sustain phase. */
export interface SustainedPushes {
  /** Null: the messages were not numbered. */
  counts: { due: number; received: number; lost: number; late: number } | null;
  /** Over all stamped messages of any kind, milliseconds; null when there were none. */
  p99Ms: number | null;
}

export class TrialWatch implements RunObserver {
  readonly #settleMs: number;
  readonly #cores: number;
  readonly #threads: ThreadLoad;
  #holdMs = Number.POSITIVE_INFINITY;
  #before: Tally | null = null;
  #after: Tally | null = null;
  #hostBefore: HostTimes | null = readHostTimes();
  #hostAfter: HostTimes | null = null;
  readonly windows: PushWindow[] = [];
  peakFds = 0;

  /** `settleMs`: start of the hold that is not judged. `pids`: the target's processes. */
  constructor(settleMs: number, pids: readonly number[], cores: number) {
    this.#settleMs = settleMs;
    this.#threads = new ThreadLoad(pids);
    this.#cores = cores;
  }

  phase(phase: string, atMs: number): void {
    if (phase === "hold") {
      this.#holdMs = atMs;
      this.#hostBefore = readHostTimes();
    } else if (phase === "drain") this.#hostAfter = readHostTimes();
  }

  snapshot({ interval, total, phase }: Snapshot): void {
    this.#threads.sample();
    this.peakFds = Math.max(this.peakFds, interval.usage.target?.fds ?? 0);
    this.#after = total;
    // The last tally taken before the target had settled is the baseline of the sustain phase.
    if (
      interval.atMs <= this.#holdMs + this.#settleMs &&
      (phase === "prepare" || phase === "ramp" || phase === "hold")
    ) {
      this.#before = total;
      return;
    }
    const push = interval.latencyMs.push;
    if (push) this.windows.push({ atMs: interval.atMs, count: push.count, p99Ms: push.p99 });
  }

  pushes(): SustainedPushes {
    const [before, after] = [this.#before, this.#after];
    const grown = (name: "received" | "lost" | "late"): number =>
      Math.max(0, (after?.counts[name] ?? 0) - (before?.counts[name] ?? 0));
    const [received, lost, late] = [grown("received"), grown("lost"), grown("late")];
    const hasTicks = after !== null && after.counts.received + after.counts.lost > 0;
    return { counts: hasTicks ? { due: received + lost, received, lost, late } : null, p99Ms: this.p99Of("push") };
  }

  /** The p99 of a latency over the sustain phase, milliseconds; null when it has no samples. */
  p99Of(latency: Latency): number | null {
    const window = this.#after?.histograms[latency]?.since(this.#before?.histograms[latency]);
    return quantilesOf(window)?.p99 ?? null;
  }

  /** Counts of the whole trial so far. */
  get counts(): Partial<Tally["counts"]> {
    return this.#after?.counts ?? {};
  }

  get threadPeak(): number | null {
    return this.#threads.peak;
  }

  /** Busy cores of the whole host over the hold. */
  get hostBusyCores(): number | null {
    return busyCores(this.#hostBefore, this.#hostAfter, this.#cores);
  }
}
