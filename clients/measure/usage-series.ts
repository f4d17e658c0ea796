/** Collects samples of one side of a run and gives the report's usage block. */
import type { TreeSample } from "./process-tree.ts";

/** What one sample needs for a report; {@link TreeSample} and our own vitals both fit. */
export type UsageSample = Pick<TreeSample, "atNs" | "rssMiB" | "cpuSeconds" | "fds"> & { pssMiB?: number | null; threads?: number };

/** The report's Usage: RSS and PSS in MiB, CPU in cores, most descriptors and threads at once. */
export interface UsageSummary {
  rssMiB: { steady: number; peak: number };
  pssMiB?: { steady: number; peak: number };
  cpu: { mean: number; peak: number };
  fds: number;
  threads?: number;
}

/** A span on CLOCK_MONOTONIC, both ends included. */
export interface Window {
  fromNs: number;
  toNs: number;
}

const wholeRun: Window = { fromNs: Number.NEGATIVE_INFINITY, toNs: Number.POSITIVE_INFINITY };

/** Median of values, 0 for none. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return sorted.length === 0 ? 0 : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const peak = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);

export class UsageSeries {
  readonly #samples: UsageSample[] = [];

  /** Takes a sample, in order of time; returns the cores used since the one before, 0 for the first. */
  add(sample: UsageSample): number {
    const before = this.#samples.at(-1);
    this.#samples.push(sample);
    return before === undefined ? 0 : coresBetween(before, sample);
  }

  get last(): UsageSample | undefined {
    return this.#samples.at(-1);
  }

  /** The usage so far, null before the first sample. `steady` is the median over `hold`, or over everything when nothing fell into it. */
  usage(hold: Window = wholeRun): UsageSummary | null {
    const samples = this.#samples;
    const first = samples[0];
    const last = samples.at(-1);
    if (first === undefined || last === undefined) return null;
    const within = samples.filter((sample) => sample.atNs >= hold.fromNs && sample.atNs <= hold.toNs);
    const steady = within.length === 0 ? samples : within;
    const pss = (from: readonly UsageSample[]): number[] => from.flatMap((sample) => (typeof sample.pssMiB === "number" ? [sample.pssMiB] : []));
    const threads = samples.flatMap((sample) => (sample.threads === undefined ? [] : [sample.threads]));
    const allPss = pss(samples);
    const steadyPss = pss(steady);
    return {
      rssMiB: { steady: median(steady.map((sample) => sample.rssMiB)), peak: peak(samples.map((sample) => sample.rssMiB)) },
      ...(allPss.length === 0 ? {} : { pssMiB: { steady: median(steadyPss.length === 0 ? allPss : steadyPss), peak: peak(allPss) } }),
      cpu: { mean: coresBetween(first, last), peak: this.#busiest() },
      fds: peak(samples.map((sample) => sample.fds)),
      ...(threads.length === 0 ? {} : { threads: peak(threads) }),
    };
  }

  /** Cores in the busiest stretch of at least 0.9 s: shorter ones say more about the 10 ms unit than about the load. */
  #busiest(): number {
    let most = 0;
    let from = 0;
    for (let index = 1; index < this.#samples.length; index++) {
      const sample = this.#samples[index]!;
      if (sample.atNs - this.#samples[from]!.atNs < 0.9e9) continue;
      most = Math.max(most, coresBetween(this.#samples[from]!, sample));
      from = index;
    }
    return most;
  }
}

function coresBetween(before: UsageSample, after: UsageSample): number {
  const elapsedSeconds = (after.atNs - before.atNs) / 1e9;
  return elapsedSeconds > 0 ? (after.cpuSeconds - before.cpuSeconds) / elapsedSeconds : 0;
}
