/** How late pushes came: over time, as a distribution, and every latency in one table. */
import { latencies, latencyList } from "../../measure/latency.ts";
import { whyNoLatency } from "../model/absence.ts";
import { measuredQuantiles } from "../model/figure.ts";
import { formatFigure, formatMilliseconds, isFigure, notMeasured } from "../model/format.ts";
import type { Interval, Quantiles, Report } from "../model/report.ts";
import { renderChart } from "./chart/chart.ts";
import type { Layer } from "./chart/layer.ts";
import { latencyScale, ninesScale } from "./chart/scale.ts";
import { pointsOf } from "./chart/series.ts";
import { layerValues, timeChart } from "./chart/time-chart.ts";
import { html, type Markup } from "./markup.ts";
import { charts, type Section, table } from "./section.ts";

/** The latency a report of this kind is about. */
export function headline(report: Report): "push" | "request" {
  return report.kind === "api" ? "request" : "push";
}

/** Charts of the headline latency, and the table of all. */
export function latencySection(report: Report, intervals: readonly Interval[]): Section {
  return {
    id: "latency",
    title: `${latencies[headline(report)].title}`,
    body: html`${charts(overTime(report, intervals), distribution(report))}${latencyTable(report)}`,
  };
}

function overTime(report: Report, intervals: readonly Interval[]): Markup {
  const name = headline(report);
  const read = (figure: (quantiles: Quantiles) => number) =>
    pointsOf(
      intervals,
      (interval) => interval.atMs,
      (interval) => {
        const quantiles = interval.latencyMs[name];
        return quantiles && quantiles.count > 0 ? figure(quantiles) : null;
      },
    );
  const layers: Layer[] = [
    { kind: "line", name: "max", tone: "quiet", points: read((quantiles) => quantiles.max), dots: true },
    { kind: "line", name: "p99", tone: 2, points: read((quantiles) => quantiles.p99), dots: true },
    { kind: "line", name: "p50", tone: 1, points: read((quantiles) => quantiles.p50), dots: true },
  ];
  const limits = latencyLimits(report);
  const y = latencyScale([...layerValues(layers), ...limits.map((limit) => limit.at)].filter(isFigure));
  return timeChart(report, intervals, {
    id: "chart-latency",
    title: `${latencies[name].title} over time`,
    unit: `ms, each second${y.kind === "log" ? ", log scale" : ""}`,
    describe: "Each second's own quantiles; a slope means that a queue is growing, single peaks are pauses of the target.",
    layers,
    y,
    horizontals: limits,
    empty: `${notMeasured}: ${whyNoLatency(report, name)}.`,
  });
}

function latencyLimits(report: Report) {
  const field = headline(report) === "request" ? "requestMs." : "pushLatencyMs.";
  return report.limits.flatMap(({ limit, atMost }) =>
    limit.startsWith(field) && isFigure(atMost) ? [{ at: atMost, label: `limit ${limit.slice(field.length)} ${formatMilliseconds(atMost)} ms` }] : [],
  );
}

function distribution(report: Report): Markup {
  const name = headline(report);
  const points = (report.distribution?.[name] ?? []).filter(({ ms, share }) => isFigure(ms) && isFigure(share)).map(({ ms, share }) => ({ x: share, y: ms }));
  const samples = measuredQuantiles(report, name)?.count ?? points.length;
  const y = latencyScale(points.map((point) => point.y));
  const quantiles = measuredQuantiles(report, name);
  const said = quantiles
    ? `Half came within ${formatMilliseconds(quantiles.p50)} ms, 99 % within ${formatMilliseconds(quantiles.p99)} ms, all within ${formatMilliseconds(quantiles.max)} ms.`
    : "";
  return renderChart({
    id: "chart-distribution",
    title: "Latency distribution",
    unit: `ms at percentile, whole run${y.kind === "log" ? ", log scale" : ""}`,
    describe: "How late the slowest were, each nine of the percentile given equal room; a cliff to the right means rare long stalls.",
    summary: said,
    x: ninesScale(samples),
    y,
    xTitle: "percentile (p99: 99 % came at or below)",
    layers: [{ kind: "line", name: latencies[name].title, tone: 1, points }],
    horizontals: latencyLimits(report).filter((limit) => y.ticks.length > 0 && limit.at <= Math.max(...points.map((point) => point.y), 0) * 1.5),
    empty: quantiles ? "The report carries no distribution." : `${notMeasured}: ${whyNoLatency(report, name)}.`,
  });
}

function latencyTable(report: Report): Markup {
  const absent = (["push", "delivery", "tickLag", "generatorGap", "connect"] as const).filter(
    (name) => headline(report) === "push" && measuredQuantiles(report, name) === null,
  );
  const rows = latencyList.flatMap((name) => {
    const quantiles = measuredQuantiles(report, name);
    const meaning = html`<span class="meaning">${latencies[name].from} → ${latencies[name].to}</span>`;
    if (quantiles === null)
      return absent.some((missing) => missing === name)
        ? [
            [
              latencies[name].title,
              ...Array.from({ length: 6 }, () => html`<span class="absent">–</span>`),
              html`<span class="meaning">${notMeasured}: ${whyNoLatency(report, name)}</span>`,
            ],
          ]
        : [];
    const { p50, p90, p99, p999, max, count } = quantiles;
    return [[latencies[name].title, ...[p50, p90, p99, p999, max].map(formatMilliseconds), formatFigure(count, "count"), meaning]];
  });
  if (rows.length === 0) return html`<p class="note">No latency was measured.</p>`;
  return html`<div class="latencies">${table(["in ms", "p50", "p90", "p99", "p99.9", "max", "samples", "from → to"], rows, { from: 1, to: 7 })}</div>`;
}
