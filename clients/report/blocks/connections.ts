/** How many connections were open, what was pushed to them, and how both add up to the plan. */
import type { Layer, Plot } from "../chart/chart.ts";
import { over, timeChart } from "../chart/time-chart.ts";
import { whyNoPushes } from "../model/absence.ts";
import { formatShare, notMeasured } from "../model/format.ts";
import type { Interval } from "../model/interval.ts";
import { levelOf } from "../model/level.ts";
import { latePushes } from "../model/push-basis.ts";
import type { Report } from "../model/report.ts";
import { type Block, count, type Recorded } from "./block.ts";

/** Open against planned over time, and the equations. */
export function connectionBlock(report: Report, { intervals }: Recorded): Block {
  const { planned, opened, refused, notAttempted, attempted, peak, closedByPlan, closedUnexpectedly, reconnects } =
    report.connections;
  const back =
    reconnects.attempted === 0
      ? []
      : [
          [
            "reconnects",
            `${count(reconnects.attempted)} attempted: ${count(reconnects.opened)} opened, ${count(reconnects.refused)} refused`,
          ] as const,
        ];
  return {
    id: "connections",
    title: "Connections",
    charts: [openChart(report, intervals)],
    equations: [
      {
        of: "connections",
        what: "planned",
        total: planned,
        parts: [
          [opened, "opened"],
          [refused, "refused"],
          [notAttempted, "not attempted"],
        ],
      },
      {
        of: "connections",
        what: "closed",
        total: closedByPlan + closedUnexpectedly,
        parts: [
          [closedUnexpectedly, "unexpectedly"],
          [closedByPlan, "by plan"],
        ],
      },
    ],
    facts: [["peak", `${count(peak)} open at once; ${count(attempted)} attempted`], ...back],
  };
}

function openChart(report: Report, intervals: readonly Interval[]): Plot {
  const line = (name: string, tone: 1 | 2 | 4, read: (interval: Interval) => number): Layer => ({
    kind: "line",
    name,
    tone,
    points: over(intervals, read),
  });
  const isBackingOff = intervals.some(({ connections }) => connections.backoff > 0);
  return timeChart(report, intervals, {
    id: "chart-open",
    title: "Connections open",
    unit: "connections",
    describe:
      "Open connections should climb to the planned number and stay there; a step down is a mass disconnect, a plateau below it a limit.",
    isWide: true,
    layers: [
      {
        kind: "line",
        name: "planned",
        tone: "quiet",
        dashed: true,
        points:
          report.stages === undefined && intervals.length > 0
            ? [0, intervals.at(-1)!.atMs].map((x) => ({ x, y: report.connections.planned }))
            : over(intervals, ({ connections }) => levelOf(connections)),
      },
      line("open", 1, ({ connections }) => connections.open),
      line("connecting", 2, ({ connections }) => connections.connecting),
      ...(isBackingOff ? [line("waiting to reconnect", 4, ({ connections }) => connections.backoff)] : []),
    ],
  });
}

/** What was due, what came and what did not; null for a run that sends requests instead. */
export function pushBlock(report: Report): Block | null {
  const { pushes, requests, messages } = report;
  if (requests !== undefined) return null;
  if (pushes === null)
    return {
      id: "pushes",
      title: "Pushes",
      note: `${notMeasured}: ${whyNoPushes(report)}${messages === undefined ? "" : `; ${count(messages.received)} messages came`}`,
    };
  const { due, received, lost, late, duplicated, outOfOrder, corrupted, numberedBy } = pushes;
  const rest = due > 0 ? ` (${formatShare(lost / due)} lost)` : "";
  return {
    id: "pushes",
    title: "Pushes",
    equations: [
      {
        of: "pushes",
        what: "due",
        total: due,
        parts: [
          [received, "received"],
          [lost, "lost"],
        ],
        rest,
      },
    ],
    facts: [
      [
        "of the received",
        `${latePushes(report) === null ? "lateness not measured" : `${count(late)} late`}, ${count(outOfOrder)} out of order`,
      ],
      ["in addition", `${count(duplicated)} duplicated${corrupted > 0 ? `, ${count(corrupted)} corrupted` : ""}`],
    ],
    ...(numberedBy === undefined
      ? {}
      : { note: `counted by the service's own numbers (${numberedBy}), from the first received to the highest` }),
  };
}
