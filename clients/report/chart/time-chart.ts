/** Charts over the time of a run: one axis, the phases marked, a summary in words, from the intervals. */

import { phaseName } from "../../measure/phase.ts";
import { formatNumber } from "../model/format.ts";
import type { Interval } from "../model/interval.ts";
import type { Report } from "../model/report.ts";
import type { Layer, Mark, Plot } from "./chart.ts";
import { linearScale, type Scale, timeScale } from "./scale.ts";
import { extent, type Point, pointsOf } from "./series.ts";

/** What differs between the charts of one run; `y` is chosen by {@link linearScale} from zero when it is not given. */
export type TimeChart = Pick<
  Plot,
  "id" | "title" | "unit" | "describe" | "layers" | "horizontals" | "empty" | "isWide"
> & { y?: Scale };

/** One figure of each interval, at its instant. */
export const over = (
  intervals: readonly Interval[],
  figure: (interval: Interval) => number | null | undefined,
): Point[] => pointsOf(intervals, ({ atMs }) => atMs, figure);

/** A chart from the start of the run to its last interval. */
export function timeChart(report: Report, intervals: readonly Interval[], chart: TimeChart): Plot {
  const span = extent(intervals.map((interval) => interval.atMs));
  const x = timeScale(Math.min(0, span?.low ?? 0), span?.high ?? 1000);
  const limits = (chart.horizontals ?? []).map((mark) => mark.at);
  const highest = Math.max(extent([...layerValues(chart.layers), ...limits])?.high ?? 0, 0);
  return {
    kind: "plot",
    ...chart,
    x,
    y: chart.y ?? linearScale(0, highest),
    xTitle: "time since the start",
    summary: summarize(chart.layers),
    verticals: phaseMarks(report, span?.high ?? 0),
    empty:
      chart.empty ??
      (intervals.length === 0 ? "No intervals were recorded for this run." : "Nothing was measured for this chart."),
  };
}

/** Every height a list of layers reaches. */
export function* layerValues(layers: readonly Layer[]): Generator<number | null> {
  for (const layer of layers) {
    switch (layer.kind) {
      case "bars":
        for (const bar of layer.bars) yield bar.toY;
        break;
      case "band":
        for (const point of layer.points) yield* [point.low, point.high];
        break;
      case "line":
      case "step":
      case "scatter":
        for (const point of layer.points) yield point.y;
    }
  }
}

/** Each layer's lowest and highest value in words: the text alternative of a chart. */
export function summarize(layers: readonly Layer[]): string {
  return layers
    .map((layer) => {
      const range = extent(layerValues([layer]));
      if (range === null) return `${layer.name}: nothing measured.`;
      return range.low === range.high
        ? `${layer.name}: ${formatNumber(range.low)} throughout.`
        : `${layer.name}: from ${formatNumber(range.low)} to ${formatNumber(range.high)}.`;
    })
    .join(" ");
}

/**
 * Phases after the first, where they began; marks too close together to be read keep their line and lose their word.
 */
function phaseMarks(report: Report, endMs: number): Mark[] {
  let lastLabelMs = Number.NEGATIVE_INFINITY;
  return report.timing.phases
    .filter((phase) => phase.atMs > 0 && phase.atMs <= endMs)
    .map(({ phase, atMs, stage }) => {
      const hasRoom = atMs - lastLabelMs > endMs * 0.12 && atMs < endMs * 0.93;
      if (hasRoom) lastLabelMs = atMs;
      return { at: atMs, label: hasRoom ? phaseName(phase, stage) : "" };
    });
}
