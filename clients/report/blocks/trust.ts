/**
 * Whether the generator was light enough to be believed: its delay, CPU and memory, and the evidence behind the stamps.
 */
import { over, timeChart } from "../chart/time-chart.ts";
import { whyNoLatency } from "../model/absence.ts";
import { formatFigure, isFigure, notMeasured, plural } from "../model/format.ts";
import type { Interval } from "../model/interval.ts";
import type { Report } from "../model/report.ts";
import { type Block, count, type Fact, type Recorded } from "./block.ts";

export function trustBlock(report: Report, { intervals }: Recorded): Block {
  const { trust, usage, host, engine, clock } = report;
  const { cpu, rssMiB, bytesPerConnection: each } = usage.generator;
  const gap = formatFigure(trust.gapP99Ms, "milliseconds");
  const perConnection = isFigure(each) ? `, ${count(each)} bytes per connection` : "";
  return {
    id: "trust",
    title: "Can the generator be trusted?",
    word: "Trust",
    charts: generatorCharts(report, intervals),
    facts: [
      ["generator gap p99", gap === notMeasured ? `${gap}: ${whyNoLatency(report, "generatorGap")}` : gap],
      ["loop delay", `at most ${formatFigure(trust.loopDelayMaxMs, "milliseconds")}`],
      [
        "reads",
        `${count(trust.reads)}: ${count(trust.unstampedReads)} unstamped, ${count(trust.sharedStamps)} with a shared stamp; ${plural(trust.clockJumps, "clock jump")}`,
      ],
      [
        "engine",
        `${engine} engine, ${clock} clock, ${plural(trust.shards, "shard")}${trust.shardsDied ? `, ${count(trust.shardsDied)} died` : ""}; the machine is ${host.sharedWithTarget ? "shared with the target" : "not shared with the target"}`,
      ],
      ...starvedFact(trust.starvedShare ?? null),
      ["CPU", `${formatFigure(cpu.mean, "cores")} cores mean, ${formatFigure(cpu.peak, "cores")} peak`],
      ["memory", `${formatFigure(rssMiB.peak, "mebibytes")} peak${perConnection}`],
    ],
  };
}

function starvedFact(share: number | null): Fact[] {
  if (share === null || share === 0) return [];
  return [
    [
      "starved",
      `for ${(share * 100).toFixed(1)} % of the hold the machine was saturated, with a quarter of it or more used by other processes`,
    ],
  ];
}

function generatorCharts(report: Report, intervals: readonly Interval[]) {
  return [
    timeChart(report, intervals, {
      id: "chart-gap",
      title: "Generator delay",
      unit: "ms, each second",
      describe:
        "The gap from the kernel's stamp to the generator's read, and the delay of its event loop; with kernel stamps it is not part of the latencies, but should stay far below them.",
      isWide: true,
      layers: [
        {
          kind: "line",
          name: "generator gap p99",
          tone: 1,
          points: over(intervals, ({ latencyMs }) => latencyMs.generatorGap?.p99),
          dots: true,
        },
        {
          kind: "line",
          name: "loop delay",
          tone: 2,
          points: over(intervals, ({ usage }) => usage.generator.loopDelayMs),
        },
      ],
    }),
    timeChart(report, intervals, {
      id: "chart-generator-cpu",
      title: "Generator CPU",
      unit: "cores",
      describe:
        "All shards together; when it nears the number of shards the generator is the bottleneck and the run is invalid.",
      layers: [{ kind: "line", name: "CPU", tone: 1, points: over(intervals, ({ usage }) => usage.generator.cpu) }],
    }),
    timeChart(report, intervals, {
      id: "chart-generator-memory",
      title: "Generator memory",
      unit: "MiB",
      describe: "All shards together; should depend only on the number of connections.",
      layers: [
        { kind: "line", name: "resident", tone: 3, points: over(intervals, ({ usage }) => usage.generator.rssMiB) },
      ],
    }),
  ];
}
