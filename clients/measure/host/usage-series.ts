/** Collects usage samples of one side of a run and summarizes them for the report. */
import { median } from "../statistics/median.ts";
import type { TreeSample } from "./process-tree.ts";

/** The fields of a sample that a report needs; {@link TreeSample} and the vitals of own-vitals.ts both fit. */
export type UsageSample = Pick<TreeSample, "atNs" | "rssMiB" | "cpuSeconds" | "fds"> & {
  pssMiB?: number | null;
  threads?: number;
};

/** Usage in the report: RSS and PSS in MiB, CPU in cores, most descriptors and threads at once. */
export interface UsageSummary {
  rssMiB: { steady: number; peak: number };
  pssMiB?: { steady: number; peak: number };
  cpu: { mean: number; peak: number };
  fds: number;
  threads?: number;
}

/** A span of CLOCK_MONOTONIC, both ends included. */
export interface Window {
  fromNs: number;
  toNs: number;
}

const wholeRun: Window = { fromNs: Number.NEGATIVE_INFINITY, toNs: Number.POSITIVE_INFINITY };

/** Most samples kept for medians: beyond it (an hour of seconds), every other kept sample is dropped, repeatedly. */
const samplesAtMost = 4096;

interface Kept {
  atNs: number[];
  rssMiB: number[];
  pssMiB: number[];
  cpuSeconds: number[];
}

/** Running maxima of all samples, unaffected by thinning. */
interface Peaks {
  rssMiB: number;
  pssMiB: number | null;
  fds: number;
  threads: number | null;
  cores: number;
}

/**
 * Bounded for runs of any length: peaks and means cover all samples, medians an evenly spaced subset of at least 2,048.
 */
export class UsageSeries {
  /** Kept samples in columns: as objects, an hour of them would cost more than a megabyte. `pssMiB`: NaN for none. */
  #kept: Kept = { atNs: [], rssMiB: [], pssMiB: [], cpuSeconds: [] };
  /** One in this many samples is kept. */
  #stride = 1;
  #count = 0;
  #first: UsageSample | undefined;
  #last: UsageSample | undefined;
  /** Start of the stretch whose CPU usage is measured next. */
  #stretch: UsageSample | undefined;
  readonly #peaks: Peaks = { rssMiB: 0, pssMiB: null, fds: 0, threads: null, cores: 0 };

  /** Adds a sample, in order of time; returns the cores used since the previous one, 0 for the first. */
  add(sample: UsageSample): number {
    const before = this.#last;
    this.#first ??= sample;
    this.#last = sample;
    this.#raise(sample);
    if (this.#count % this.#stride === 0) this.#keep(sample);
    this.#count++;
    return before === undefined ? 0 : coresBetween(before, sample);
  }

  #keep(sample: UsageSample): void {
    const kept = this.#kept;
    kept.atNs.push(sample.atNs);
    kept.rssMiB.push(sample.rssMiB);
    kept.pssMiB.push(sample.pssMiB ?? Number.NaN);
    kept.cpuSeconds.push(sample.cpuSeconds);
    if (kept.atNs.length <= samplesAtMost) return;
    const halved = (column: number[]): number[] => column.filter((_, index) => index % 2 === 0);
    this.#kept = {
      atNs: halved(kept.atNs),
      rssMiB: halved(kept.rssMiB),
      pssMiB: halved(kept.pssMiB),
      cpuSeconds: halved(kept.cpuSeconds),
    };
    this.#stride *= 2;
  }

  #raise(sample: UsageSample): void {
    const peaks = this.#peaks;
    peaks.rssMiB = Math.max(peaks.rssMiB, sample.rssMiB);
    peaks.fds = Math.max(peaks.fds, sample.fds);
    if (typeof sample.pssMiB === "number") peaks.pssMiB = Math.max(peaks.pssMiB ?? 0, sample.pssMiB);
    if (sample.threads !== undefined) peaks.threads = Math.max(peaks.threads ?? 0, sample.threads);
    // Peak over stretches of at least 0.9 s: in shorter ones the 10 ms resolution dominates.
    this.#stretch ??= sample;
    if (sample.atNs - this.#stretch.atNs < 0.9e9) return;
    peaks.cores = Math.max(peaks.cores, coresBetween(this.#stretch, sample));
    this.#stretch = sample;
  }

  get last(): UsageSample | undefined {
    return this.#last;
  }

  /** Indices of the kept samples within a window: from the first to before the second. */
  #range({ fromNs, toNs }: Window): [number, number] {
    const { atNs } = this.#kept;
    const from = atNs.findIndex((at) => at >= fromNs);
    const to = atNs.findLastIndex((at) => at <= toNs) + 1;
    return from < 0 || to <= from ? [0, 0] : [from, to];
  }

  /** Mean cores and median memory within a window; null with fewer than two samples in it. */
  within(window: Window): { cpu: number; rssMiB: number } | null {
    const [from, to] = this.#range(window);
    if (to - from < 2) return null;
    const { rssMiB } = this.#kept;
    return { cpu: coresBetween(this.#at(from), this.#at(to - 1)), rssMiB: median(rssMiB.slice(from, to)) };
  }

  #at(index: number): CpuReading {
    return { atNs: this.#kept.atNs[index]!, cpuSeconds: this.#kept.cpuSeconds[index]! };
  }

  /**
   * The usage so far, null before the first sample. `steady` is the median over `hold`, or over everything when no
   * sample falls into it.
   */
  usage(hold: Window = wholeRun): UsageSummary | null {
    const peaks = this.#peaks;
    if (this.#first === undefined || this.#last === undefined) return null;
    const [from, to] = this.#range(hold);
    const steady = (column: readonly number[]): number[] => {
      const inHold = measured(column.slice(from, to));
      return inHold.length === 0 ? measured(column) : inHold;
    };
    const steadyPss = steady(this.#kept.pssMiB);
    return {
      rssMiB: { steady: median(steady(this.#kept.rssMiB)), peak: peaks.rssMiB },
      ...(peaks.pssMiB === null || steadyPss.length === 0
        ? {}
        : { pssMiB: { steady: median(steadyPss), peak: peaks.pssMiB } }),
      cpu: { mean: coresBetween(this.#first, this.#last), peak: peaks.cores },
      fds: peaks.fds,
      ...(peaks.threads === null ? {} : { threads: peaks.threads }),
    };
  }
}

const measured = (values: readonly number[]): number[] => values.filter((value) => !Number.isNaN(value));

type CpuReading = Pick<UsageSample, "atNs" | "cpuSeconds">;

function coresBetween(before: CpuReading, after: CpuReading): number {
  const elapsedSeconds = (after.atNs - before.atNs) / 1e9;
  return elapsedSeconds > 0 ? (after.cpuSeconds - before.cpuSeconds) / elapsedSeconds : 0;
}
