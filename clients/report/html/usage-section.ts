/** What the target used, and whether our own side was light enough to be believed. */
import { whyNoLatency, whyNoTargetUsage } from "../model/absence.ts";
import { formatFigure, isFigure, notMeasured } from "../model/format.ts";
import type { Interval, Report } from "../model/report.ts";
import { type Point, pointsOf } from "./chart/series.ts";
import { timeChart } from "./chart/time-chart.ts";
import { html, type Markup } from "./markup.ts";
import { charts, facts, type Section } from "./section.ts";

const over = (intervals: readonly Interval[], figure: (interval: Interval) => number | null | undefined): Point[] =>
  pointsOf(intervals, (interval) => interval.atMs, figure);

/** CPU and memory of the target over time. */
export function targetSection(report: Report, intervals: readonly Interval[]): Section {
  const { target } = report.usage;
  const empty = `${notMeasured}: ${whyNoTargetUsage(report)}.`;
  const cpu = timeChart(report, intervals, {
    id: "chart-target-cpu",
    title: "Target CPU",
    unit: "cores",
    describe: "1 is one core fully used; pushes in bursts make peaks. A ceiling at a round number of cores means that the target is out of CPU.",
    layers: [{ kind: "line", name: "CPU", tone: 1, points: over(intervals, (interval) => interval.usage.target?.cpu) }],
    empty,
  });
  const memory = timeChart(report, intervals, {
    id: "chart-target-memory",
    title: "Target memory",
    unit: "MiB",
    describe: "Should follow the number of connections and then lie flat; a slope during the hold is a leak or a cache that fills.",
    layers: [
      { kind: "line", name: "resident", tone: 3, points: over(intervals, (interval) => interval.usage.target?.rssMiB) },
      ...(intervals.some((interval) => isFigure(interval.usage.target?.pssMiB))
        ? [
            {
              kind: "line" as const,
              name: "proportional (shared pages once)",
              tone: 4 as const,
              dashed: true,
              points: over(intervals, (interval) => interval.usage.target?.pssMiB),
            },
          ]
        : []),
    ],
    empty,
  });
  const rows =
    target === null
      ? null
      : facts([
          ["Memory steady", formatFigure(target.rssMiB.steady, "mebibytes")],
          ["CPU peak", `${formatFigure(target.cpu.peak, "cores")} cores`],
          ["Descriptors", formatFigure(target.fds, "count")],
          ["Threads", formatFigure(target.threads, "count")],
        ]);
  return { id: "target", title: "Target", body: html`${charts(cpu, memory)}${rows}` };
}

/** Our own delay, CPU and memory, and the evidence behind the stamps. */
export function trustSection(report: Report, intervals: readonly Interval[]): Section {
  return {
    id: "trust",
    title: "Can the generator be trusted?",
    body: html`${charts(html`<div class="wide">${delayChart(report, intervals)}</div>`, generatorCpu(report, intervals), generatorMemory(report, intervals))}${trustFacts(report)}`,
  };
}

function delayChart(report: Report, intervals: readonly Interval[]): Markup {
  return timeChart(report, intervals, {
    id: "chart-gap",
    title: "Our own delay",
    unit: "ms, each second",
    describe:
      "The gap from the kernel's stamp to our reading, and how late our loop came round; with kernel stamps it is no part of the latencies, but should stay far below them.",
    layers: [
      { kind: "line", name: "generator gap p99", tone: 1, points: over(intervals, (interval) => interval.latencyMs.generatorGap?.p99), dots: true },
      { kind: "line", name: "loop delay", tone: 2, points: over(intervals, (interval) => interval.usage.generator.loopDelayMs) },
    ],
  });
}

function generatorCpu(report: Report, intervals: readonly Interval[]): Markup {
  return timeChart(report, intervals, {
    id: "chart-generator-cpu",
    title: "Generator CPU",
    unit: "cores",
    describe: "Ours, all shards; when it nears the number of shards the generator is the bottleneck and the run is invalid.",
    layers: [{ kind: "line", name: "CPU", tone: 1, points: over(intervals, (interval) => interval.usage.generator.cpu) }],
  });
}

function generatorMemory(report: Report, intervals: readonly Interval[]): Markup {
  return timeChart(report, intervals, {
    id: "chart-generator-memory",
    title: "Generator memory",
    unit: "MiB",
    describe: "Ours, all shards; should depend on the number of connections and on nothing else.",
    layers: [{ kind: "line", name: "resident", tone: 3, points: over(intervals, (interval) => interval.usage.generator.rssMiB) }],
  });
}

function trustFacts(report: Report): Markup {
  const { trust, usage, host } = report;
  const count = (value: unknown) => formatFigure(value, "count");
  const gap = formatFigure(trust.gapP99Ms, "milliseconds");
  const each = usage.generator.bytesPerConnection;
  return facts([
    ["Gap p99", gap === notMeasured ? `${gap}: ${whyNoLatency(report, "generatorGap")}` : gap],
    ["Loop delay", `at most ${formatFigure(trust.loopDelayMaxMs, "milliseconds")}`],
    ["Unstamped reads", `${count(trust.unstampedReads)} of ${count(trust.reads)}`],
    ["Shared stamps", count(trust.sharedStamps)],
    ["Clock jumps", count(trust.clockJumps)],
    ["Engine, clock", `${report.engine} engine, ${report.clock} clock`],
    ["Shards", count(trust.shards)],
    ["Machine", host.sharedWithTarget ? "shared with the target" : "not the target's"],
    ["Our CPU", `${formatFigure(usage.generator.cpu.mean, "cores")} cores mean, ${formatFigure(usage.generator.cpu.peak, "cores")} peak`],
    ["Our memory", `${formatFigure(usage.generator.rssMiB.peak, "mebibytes")} peak`],
    ["A connection", isFigure(each) ? `${count(each)} bytes of ours` : notMeasured],
  ]);
}
