/** Collects usage samples of one side of a run and summarizes them for the report. */
import { BoundedSeries } from "../statistics/bounded-series.ts";
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
  readonly #rssMiB = new BoundedSeries("every-other", samplesAtMost);
  readonly #pssMiB = new BoundedSeries("every-other", samplesAtMost);
  readonly #cpuSeconds = new BoundedSeries("every-other", samplesAtMost);
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
    const atMs = sample.atNs / 1e6;
    this.#rssMiB.add(atMs, sample.rssMiB);
    this.#cpuSeconds.add(atMs, sample.cpuSeconds);
    if (typeof sample.pssMiB === "number") this.#pssMiB.add(atMs, sample.pssMiB);
    return before === undefined ? 0 : coresBetween(before, sample);
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

  /** Mean cores and median memory within a window; null with fewer than two samples in it. */
  within(window: Window): { cpu: number; rssMiB: number } | null {
    const { atMs, values } = pointsWithin(this.#cpuSeconds, window);
    if (values.length < 2) return null;
    const reading = (index: number): CpuReading => ({ atNs: atMs.at(index)! * 1e6, cpuSeconds: values.at(index)! });
    return {
      cpu: coresBetween(reading(0), reading(-1)),
      rssMiB: median(pointsWithin(this.#rssMiB, window).values),
    };
  }

  /**
   * The usage so far, null before the first sample. `steady` is the median over `hold`, or over everything when no
   * sample falls into it.
   */
  usage(hold: Window = wholeRun): UsageSummary | null {
    const peaks = this.#peaks;
    if (this.#first === undefined || this.#last === undefined) return null;
    const steady = (series: BoundedSeries): number => {
      const inHold = pointsWithin(series, hold).values;
      return median(inHold.length === 0 ? series.series.values : inHold);
    };
    return {
      rssMiB: { steady: steady(this.#rssMiB), peak: peaks.rssMiB },
      ...(peaks.pssMiB === null ? {} : { pssMiB: { steady: steady(this.#pssMiB), peak: peaks.pssMiB } }),
      cpu: { mean: coresBetween(this.#first, this.#last), peak: peaks.cores },
      fds: peaks.fds,
      ...(peaks.threads === null ? {} : { threads: peaks.threads }),
    };
  }
}

/** The points of a series within a window. */
function pointsWithin({ series }: BoundedSeries, { fromNs, toNs }: Window): { atMs: number[]; values: number[] } {
  const isInside = (atMs: number): boolean => atMs >= fromNs / 1e6 && atMs <= toNs / 1e6;
  return {
    atMs: series.atMs.filter(isInside),
    values: series.values.filter((_, index) => isInside(series.atMs[index]!)),
  };
}

type CpuReading = Pick<UsageSample, "atNs" | "cpuSeconds">;

function coresBetween(before: CpuReading, after: CpuReading): number {
  const elapsedSeconds = (after.atNs - before.atNs) / 1e9;
  return elapsedSeconds > 0 ? (after.cpuSeconds - before.cpuSeconds) / elapsedSeconds : 0;
}
