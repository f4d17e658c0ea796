/** A storm: how many were back when, and what it cost the target. */
import { over, timeChart } from "../chart/time-chart.ts";
import { formatFigure, notMeasured, plural } from "../model/format.ts";
import type { Interval } from "../model/interval.ts";
import type { Report } from "../model/report.ts";
import { type Block, count, type Fact, type Recorded } from "./block.ts";

const seconds = (ms: number | null): string => (ms === null ? "never" : `${(ms / 1000).toFixed(2)} s`);

/** Causes with their counts in a line; "none" when there are none. */
export function causeLine(byCause: Readonly<Record<string, number>>): string {
  return (
    Object.entries(byCause)
      .map(([cause, amount]) => `${cause} ${count(amount)}`)
      .join(", ") || "none"
  );
}

/** The curve of return and its figures; null for a run without a storm. */
export function stormBlock(report: Report, { intervals }: Recorded): Block | null {
  const { storm } = report;
  if (storm === undefined) return null;
  if (storm.dropped === 0)
    return { id: "storm", title: "Storm", note: "nothing was dropped: the storm did not happen" };
  return {
    id: "storm",
    title: "Storm",
    charts: [recovery(report, intervals, storm.atMs ?? 0)],
    facts: stormFacts(storm),
  };
}

function stormFacts({
  dropped,
  by,
  atMs,
  back,
  stayedAway,
  backMs,
  peakConnectPerSecond,
  refusedByCause,
  pushesLostMeanwhile,
  targetUsage,
  generatorLeft,
}: NonNullable<Report["storm"]>): Fact[] {
  const parts = (["before", "during", "after"] as const).map((part): Fact => {
    const at = targetUsage[part];
    return [
      `target ${part}`,
      at === null ? notMeasured : `${formatFigure(at.rssMiB, "mebibytes")}, ${formatFigure(at.cpu, "cores")} cores`,
    ];
  });
  return [
    [
      "dropped",
      `${plural(dropped, "connection")} by ${by === "us" ? "the generator" : "the target"} at ${seconds(atMs)}; ${count(back)} reconnected, ${count(stayedAway)} did not`,
    ],
    [
      "back after",
      `half ${seconds(backMs.p50)}, 90 % ${seconds(backMs.p90)}, 99 % ${seconds(backMs.p99)}, all ${seconds(backMs.all)}`,
    ],
    ["reconnects", `at most ${count(peakConnectPerSecond)} a second; refused: ${causeLine(refusedByCause)}`],
    [
      "missed",
      `${count(pushesLostMeanwhile)} pushes came due while they were disconnected (excluded from all other figures)`,
    ],
    ...parts,
    ...(generatorLeft === null ? [] : [["generator's descriptors", leftText(generatorLeft)] as const]),
  ];
}

function leftText({ fdsBefore, fdsAfter }: NonNullable<NonNullable<Report["storm"]>["generatorLeft"]>): string {
  const left = fdsAfter - fdsBefore;
  return `${count(fdsBefore)} before, ${count(fdsAfter)} after: ${left > 0 ? `${count(left)} LEFT OVER` : "none leaked"}`;
}

function recovery(report: Report, all: readonly Interval[], stormMs: number) {
  const intervals = all.filter(({ atMs }) => atMs >= stormMs - 3000);
  const perSecond = intervals.map(({ atMs, connections }, index) => {
    const before = intervals[index - 1];
    const elapsedMs = before === undefined ? 0 : atMs - before.atMs;
    const begun = connections.reconnects.attempted - (before?.connections.reconnects.attempted ?? 0);
    return { x: atMs, y: elapsedMs > 0 ? (begun * 1000) / elapsedMs : 0 };
  });
  return timeChart(report, intervals, {
    id: "chart-storm",
    title: "Recovery from the storm",
    unit: "connections",
    describe:
      "Open connections drop at the storm and climb back over the window; a slow finish or a plateau means that the target cannot take its clients back.",
    isWide: true,
    layers: [
      { kind: "line", name: "open", tone: 1, points: over(intervals, ({ connections }) => connections.open) },
      {
        kind: "line",
        name: "waiting to reconnect",
        tone: 4,
        points: over(intervals, ({ connections }) => connections.backoff),
      },
      { kind: "line", name: "reconnects a second", tone: 2, points: perSecond },
    ],
  });
}
