/** What the target used. */
import { over, timeChart } from "../chart/time-chart.ts";
import { whyNoTargetUsage } from "../model/absence.ts";
import { memoryPerConnectionKiB } from "../model/figures/derived-figures.ts";
import { formatFigure, isFigure, notMeasured, plural } from "../model/format.ts";
import type { Interval } from "../model/interval.ts";
import type { Report } from "../model/report.ts";
import { type Block, count, type Fact, type Recorded } from "./block.ts";

const mebibytes = (value: unknown): string => formatFigure(value, "mebibytes");

/** CPU and memory of the target, over time and in figures. */
export function targetBlock(report: Report, { intervals }: Recorded): Block {
  const why = `${notMeasured}: ${whyNoTargetUsage(report)}`;
  const block = { id: "target", title: "Target", charts: usageCharts(report, intervals, why) };
  return report.usage.target === null
    ? { ...block, note: why }
    : { ...block, facts: usageFacts(report, report.usage.target) };
}

function usageFacts(
  report: Report,
  { rssMiB, pssMiB, cpu, fds, threads }: NonNullable<Report["usage"]["target"]>,
): Fact[] {
  const each = memoryPerConnectionKiB(report);
  const perConnection =
    each === null
      ? ""
      : `, ${formatFigure(each, "kibibytes")} per connection at the peak, including the runtime's base`;
  const { processes } = report.target;
  return [
    ...(processes === undefined ? [] : [["processes", processes.join(", ")] as const]),
    ["memory", `${mebibytes(rssMiB.steady)} steady, ${mebibytes(rssMiB.peak)} peak${perConnection}`],
    ...(pssMiB === undefined
      ? []
      : [
          [
            "proportional",
            `${mebibytes(pssMiB.steady)} steady, ${mebibytes(pssMiB.peak)} peak, shared pages counted once`,
          ] as const,
        ]),
    ["CPU", `${formatFigure(cpu.mean, "cores")} cores mean, ${formatFigure(cpu.peak, "cores")} in the busiest second`],
    ["descriptors", `${count(fds)}${isFigure(threads) ? `; ${plural(threads, "thread")}` : ""}`],
  ];
}

function usageCharts(report: Report, intervals: readonly Interval[], why: string) {
  const empty = `${why}.`;
  const hasProportional = intervals.some(({ usage }) => isFigure(usage.target?.pssMiB));
  const proportional = {
    kind: "line",
    name: "proportional (shared pages once)",
    tone: 4,
    dashed: true,
    points: over(intervals, ({ usage }) => usage.target?.pssMiB),
  } as const;
  return [
    timeChart(report, intervals, {
      id: "chart-target-cpu",
      title: "Target CPU",
      unit: "cores",
      describe:
        "1 is one core fully used; bursts of pushes cause peaks. A ceiling at a whole number of cores means that the target is out of CPU.",
      layers: [{ kind: "line", name: "CPU", tone: 1, points: over(intervals, ({ usage }) => usage.target?.cpu) }],
      empty,
    }),
    timeChart(report, intervals, {
      id: "chart-target-memory",
      title: "Target memory",
      unit: "MiB",
      describe:
        "Should follow the number of connections and then stay flat; a slope during the hold is a leak or a cache filling up.",
      layers: [
        { kind: "line", name: "resident", tone: 3, points: over(intervals, ({ usage }) => usage.target?.rssMiB) },
        ...(hasProportional ? [proportional] : []),
      ],
      empty,
    }),
  ];
}
