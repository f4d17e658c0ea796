/** How late pushes or answers came: over time, as a distribution, and every latency in one table. */
import { type Latency, latencies, latencyList } from "../../measure/latency.ts";
import type { Layer, Mark, Plot } from "../chart/chart.ts";
import { latencyScale, ninesScale } from "../chart/scale.ts";
import { layerValues, over, timeChart } from "../chart/time-chart.ts";
import { whyNoLatency } from "../model/absence.ts";
import { measuredQuantiles } from "../model/figures/figure.ts";
import { formatMilliseconds, isFigure, notMeasured } from "../model/format.ts";
import type { Interval } from "../model/interval.ts";
import type { Report } from "../model/report.ts";
import { type Block, count, type Fact, figureColumns, type Recorded } from "./block.ts";

/** The latency a report of this kind is about. */
export function headline({ kind }: Pick<Report, "kind">): "push" | "request" | "firstEvent" {
  if (kind === "streams") return "firstEvent";
  return kind === "api" ? "request" : "push";
}

/** Latencies whose absence must be explained; the others are left out when they were not asked for. */
const expected: Readonly<Record<"push" | "request" | "firstEvent", readonly Latency[]>> = {
  push: ["push", "delivery", "tickLag", "generatorGap", "connect"],
  request: ["request", "generatorGap"],
  firstEvent: ["firstByte", "firstEvent", "eventGap", "longestGap", "stream", "generatorGap"],
};

/** Charts of the headline latency, the table of all, and from where to where each runs. */
export function latencyBlock(report: Report, { intervals }: Recorded): Block {
  const name = headline(report);
  const shown = latencyList.filter((each) => expected[name].includes(each) || measuredQuantiles(report, each) !== null);
  const rows = shown.flatMap((each) => {
    const quantiles = measuredQuantiles(report, each);
    if (quantiles === null) return [];
    const { p50, p90, p99, p999, max } = quantiles;
    return [[latencies[each].title, ...[p50, p90, p99, p999, max].map(formatMilliseconds), count(quantiles.count)]];
  });
  const facts = shown.map((each): Fact => {
    const { title, from, to } = latencies[each];
    return [
      title,
      measuredQuantiles(report, each) === null ? `${notMeasured}: ${whyNoLatency(report, each)}` : `${from} -> ${to}`,
    ];
  });
  const table =
    rows.length === 0
      ? {}
      : { table: { columns: figureColumns("in ms", "p50", "p90", "p99", "p99.9", "max", "samples"), rows } };
  return {
    id: "latency",
    title: latencies[name].title,
    word: "Latency",
    charts: [overTime(report, intervals), distribution(report)],
    facts,
    ...table,
  };
}

function overTime(report: Report, intervals: readonly Interval[]): Plot {
  const name = headline(report);
  const line = (rank: "max" | "p99" | "p50", tone: Layer["tone"]): Layer => ({
    kind: "line",
    name: rank,
    tone,
    points: over(intervals, ({ latencyMs }) => (latencyMs[name]?.count ? latencyMs[name][rank] : null)),
    dots: true,
  });
  const layers = [line("max", "quiet"), line("p99", 2), line("p50", 1)];
  const limits = latencyLimits(report);
  const y = latencyScale([...layerValues(layers), ...limits.map(({ at }) => at)].filter(isFigure));
  return timeChart(report, intervals, {
    id: "chart-latency",
    title: `${latencies[name].title} over time`,
    unit: `ms, each second${y.kind === "log" ? ", log scale" : ""}`,
    describe:
      "Quantiles of each second; a slope means that a queue is growing, isolated peaks are pauses of the target.",
    layers,
    y,
    horizontals: limits,
    empty: `${notMeasured}: ${whyNoLatency(report, name)}.`,
  });
}

function latencyLimits(report: Report): Mark[] {
  const field = { request: "requestMs.", push: "pushLatencyMs.", firstEvent: "firstEventMs." }[headline(report)];
  return report.limits.flatMap(({ limit, atMost }) =>
    limit.startsWith(field) && isFigure(atMost)
      ? [{ at: atMost, label: `limit ${limit.slice(field.length)} ${formatMilliseconds(atMost)} ms` }]
      : [],
  );
}

function distribution(report: Report): Plot {
  const name = headline(report);
  const points = (report.distribution?.[name] ?? [])
    .filter(({ ms, share }) => isFigure(ms) && isFigure(share))
    .map(({ ms, share }) => ({ x: share, y: ms }));
  const quantiles = measuredQuantiles(report, name);
  const y = latencyScale(points.map((point) => point.y));
  const highest = Math.max(...points.map((point) => point.y), 0);
  const summary = quantiles
    ? `Half arrived within ${formatMilliseconds(quantiles.p50)} ms, 99 % within ${formatMilliseconds(quantiles.p99)} ms, all within ${formatMilliseconds(quantiles.max)} ms.`
    : "";
  return {
    kind: "plot",
    id: "chart-distribution",
    title: "Latency distribution",
    unit: `ms at percentile, whole run${y.kind === "log" ? ", log scale" : ""}`,
    describe:
      "The slowest pushes in detail, with equal space for each nine of the percentile; a steep rise on the right means rare long stalls.",
    summary,
    x: ninesScale(quantiles?.count ?? points.length),
    y,
    xTitle: "percentile (p99: 99 % were at or below)",
    layers: [{ kind: "line", name: latencies[name].title, tone: 1, points }],
    horizontals: latencyLimits(report).filter(({ at }) => y.ticks.length > 0 && at <= highest * 1.5),
    empty: quantiles ? "The report has no distribution." : `${notMeasured}: ${whyNoLatency(report, name)}.`,
  };
}
