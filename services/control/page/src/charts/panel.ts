/** Panels of the live view: lines over ticks, or a distribution over time; and how lines are computed. */
import type { BucketedLatency } from "../../../../../clients/measure/histogram/bucket-counts.ts";
import type { LiveTick } from "../live/live-stream.ts";

/** One line of a chart. `of` gets the tick and the previous one; null: nothing to draw. */
export interface PanelSeries {
  label: string;
  of: (tick: LiveTick, before: LiveTick | undefined) => number | null;
}

export interface Panel {
  title: string;
  unit: string;
  /** The lines for the latest tick: causes and shards come and go. */
  series: (last: LiveTick) => PanelSeries[];
}

/** The distribution of the values of each second, over time. */
export interface HeatPanel {
  title: string;
  unit: "ms";
  /** Which of a second's distributions, and what it counts. */
  heat: BucketedLatency;
  noun: string;
}

export interface PanelGroup {
  title: string;
  /** Whether the run measures any of it. */
  applies?: (last: LiveTick) => boolean;
  panels: Panel[];
}

/** The main chart, shown first and large. */
export interface Picture {
  lines: Panel;
  /** Shown below it on the same time axis; null where the run has no distribution. */
  heat: HeatPanel | null;
}

type Read = (tick: LiveTick) => number | null | undefined;

export const line = (label: string, read: Read): PanelSeries => ({ label, of: (tick) => read(tick) ?? null });

/** A total as a rate, from two ticks. */
export const rate = (label: string, read: Read): PanelSeries => ({
  label,
  of: (tick, before) => {
    const [now, then] = [read(tick), before === undefined ? undefined : read(before)];
    if (now == null || then == null || before === undefined) return null;
    const seconds = (tick.interval.atMs - before.interval.atMs) / 1000;
    return seconds > 0 ? Math.max(0, now - then) / seconds : null;
  },
});

export const fixed =
  (...series: PanelSeries[]) =>
  () =>
    series;

export const quantiles = (name: keyof LiveTick["latencyMs"], ...ranks: ("p50" | "p90" | "p99" | "p999" | "max")[]) =>
  ranks.map((rank) => line(rank.replace("p999", "p99.9"), ({ interval }) => interval.latencyMs[name]?.[rank]));
