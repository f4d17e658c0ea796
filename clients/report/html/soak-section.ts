/** The pictures of a soak: memory with its fitted slope and the slope's limits, the p99 of the bursts, and what came back. */
import { formatFigure } from "../model/format.ts";
import type { Interval, Report } from "../model/report.ts";
import { type SoakBlock, type SoakGrowth, soakOf } from "../model/soak-block.ts";
import { driftText, formatBytes, growthText } from "../text/soak-text.ts";
import type { Layer } from "./chart/layer.ts";
import { latencyScale, linearScale } from "./chart/scale.ts";
import { extent, type Point, pointsOf, type RangePoint } from "./chart/series.ts";
import { layerValues, timeChart } from "./chart/time-chart.ts";
import { html, type Markup } from "./markup.ts";
import { charts, facts, type Section, table } from "./section.ts";

const mebibyte = 2 ** 20;
const hourMs = 3_600_000;
const fitPoints = 24;

/** The verdicts, the series and the residue; null for a report of another kind. */
export function soakSection(report: Report, intervals: readonly Interval[]): Section | null {
  const block = soakOf(report);
  if (block === null) return null;
  const pictures = charts(memoryChart(report, intervals, block), burstChart(report, intervals, block), ownChart(report, intervals, block));
  return { id: "soak", title: "Soak", body: html`${verdicts(block)}${pictures}${residueTable(block)}` };
}

function verdicts({ memory, descriptors, latency, generator }: SoakBlock): Markup {
  return facts([
    ["Memory", memory === null ? "not watched" : growthText(memory, "bytes")],
    ...(memory?.perMillionPushes == null ? [] : [["Per million pushes", formatBytes(memory.perMillionPushes)] as const]),
    ...(memory?.perConnectionHour == null ? [] : [["Per connection and hour", formatBytes(memory.perConnectionHour)] as const]),
    ["Descriptors", descriptors === null ? "not watched" : growthText(descriptors, "descriptors")],
    ["Burst p99", latency === null ? "no stamped push" : driftText(latency)],
    ["Our memory", growthText(generator.memory, "bytes")],
    ["Our reading delay", driftText(generator.gap)],
  ]);
}

/** The fitted line, and the band between the lines of its two limits, all through the middle of the blocks. */
export function fittedLayers(growth: SoakGrowth | null, scale: number): Layer[] {
  if (growth === null || growth.anchor === null || growth.perHour === null) return [];
  const { anchor, fromMs, toMs } = growth;
  const at = (ms: number, perHour: number): number => (anchor.level + (perHour * (ms - anchor.atMs)) / hourMs) / scale;
  const instants = Array.from({ length: fitPoints }, (_, index) => fromMs + ((toMs - fromMs) * index) / (fitPoints - 1));
  const band = instants.map((x): RangePoint => {
    const ends = [at(x, growth.lower ?? 0), at(x, growth.upper ?? 0)];
    return { x, low: Math.max(0, Math.min(...ends)), high: Math.max(0, ...ends) };
  });
  const line = instants.map((x): Point => ({ x, y: Math.max(0, at(x, growth.perHour ?? 0)) }));
  return [
    { kind: "band", name: "95 % limits of the slope", tone: 2, points: band },
    { kind: "line", name: "fitted slope", tone: 2, points: line },
  ];
}

function memoryChart(report: Report, intervals: readonly Interval[], block: SoakBlock): Markup {
  const points = pointsOf(
    intervals,
    (interval) => interval.atMs,
    (interval) => interval.usage.target?.rssMiB,
  );
  return timeChart(report, intervals, {
    id: "chart-soak-memory",
    title: "Target memory and its slope",
    unit: "MiB",
    describe: "The line through the lowest points of equal blocks; a leak is a band that lies above the level everywhere and a rise beyond the budget.",
    layers: [{ kind: "line", name: "resident", tone: 3, points }, ...fittedLayers(block.memory, mebibyte)],
  });
}

function burstChart(report: Report, intervals: readonly Interval[], { latency }: SoakBlock): Markup {
  const points = pointsOf(
    intervals,
    (interval) => interval.atMs,
    (interval) => interval.latencyMs.push?.p99,
  );
  const layers: Layer[] = [{ kind: "line", name: "burst p99", tone: 1, points, dots: true }];
  const span = extent(intervals.map(({ atMs }) => atMs));
  if (latency !== null && latency.firstMs !== null && latency.lastMs !== null && span !== null) {
    const third = (span.high - span.low) / 3;
    const flat = (name: string, fromX: number, y: number): Layer => ({
      kind: "line",
      name,
      tone: 2,
      dashed: true,
      points: [
        { x: fromX, y },
        { x: fromX + third, y },
      ],
    });
    layers.push(flat("median of the first third", span.low, latency.firstMs), flat("median of the last third", span.high - third, latency.lastMs));
  }
  const values = [...layerValues(layers)].filter((value): value is number => value !== null);
  return timeChart(report, intervals, {
    id: "chart-soak-p99",
    title: "Burst p99 over the soak",
    unit: "ms",
    describe: "The p99 of the pushes of each second that had some; a rise from the first third to the last beyond max(10 %, 5 ms) is a drift.",
    y: latencyScale(values, 60),
    layers,
  });
}

function ownChart(report: Report, intervals: readonly Interval[], block: SoakBlock): Markup {
  const points = pointsOf(
    intervals,
    (interval) => interval.atMs,
    (interval) => interval.usage.generator.rssMiB,
  );
  const layers: Layer[] = [{ kind: "line", name: "resident", tone: 3, points }, ...fittedLayers(block.generator.memory, mebibyte)];
  const highest = extent(layerValues(layers))?.high ?? 1;
  return timeChart(report, intervals, {
    id: "chart-soak-own",
    title: "Our own memory and its slope",
    unit: "MiB",
    describe: "Ours must lie flat: what grows here is our own leak and says nothing about the target.",
    y: linearScale(0, highest),
    layers,
  });
}

function residueTable({ residue }: SoakBlock): Markup | null {
  if (residue.length === 0) return null;
  const rows = residue.map(({ name, before, after, allowed, ok, decides }) => {
    const put = (value: number): string => (name.endsWith("bytes") ? formatBytes(value) : formatFigure(value, "count"));
    const verdict = ok ? "came back" : decides ? "stayed" : "more than expected";
    return [
      name.replace(", bytes", ""),
      put(before),
      put(after),
      put(after - before),
      put(allowed),
      decides ? "yes" : "no: the whole machine's, or the runtime's habit",
      verdict,
    ];
  });
  return table(["after the drain", "before", "after", "left over", "allowed", "decides", ""], rows, { from: 1, to: 5 });
}
