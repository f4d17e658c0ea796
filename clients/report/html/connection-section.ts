/** How many connections were open, and how that adds up to the plan. */
import { formatFigure } from "../model/format.ts";
import type { Interval, Report } from "../model/report.ts";
import { remainder } from "../text/text.ts";
import { pointsOf } from "./chart/series.ts";
import { timeChart } from "./chart/time-chart.ts";
import { html } from "./markup.ts";
import { charts, type Section, table } from "./section.ts";

const count = (value: unknown) => formatFigure(value, "count");

/** Open against planned over time, and the equation. */
export function connectionSection(report: Report, intervals: readonly Interval[]): Section {
  return { id: "connections", title: "Connections", body: html`${charts(html`<div class="wide">${openChart(report, intervals)}</div>`)}${account(report)}` };
}

function openChart(report: Report, intervals: readonly Interval[]) {
  const read = (figure: (interval: Interval) => number) =>
    pointsOf(
      intervals,
      (interval) => interval.atMs,
      (interval) => figure(interval),
    );
  const last = intervals.at(-1)?.atMs ?? 0;
  const plan =
    intervals.length > 0
      ? [
          { x: 0, y: report.connections.planned },
          { x: last, y: report.connections.planned },
        ]
      : [];
  return timeChart(report, intervals, {
    id: "chart-open",
    title: "Connections open",
    unit: "connections",
    describe: "Open connections should climb to the plan and stay there; a step down is a mass disconnect, a plateau below the plan a limit.",
    layers: [
      { kind: "line", name: "planned", tone: "quiet", dashed: true, points: plan },
      { kind: "line", name: "open", tone: 1, points: read((interval) => interval.connections.open) },
      { kind: "line", name: "connecting", tone: 2, points: read((interval) => interval.connections.connecting) },
      ...backoffLayer(intervals),
    ],
  });
}

function backoffLayer(intervals: readonly Interval[]) {
  if (!intervals.some((interval) => interval.connections.backoff > 0)) return [];
  const points = pointsOf(
    intervals,
    (interval) => interval.atMs,
    (interval) => interval.connections.backoff,
  );
  return [{ kind: "line" as const, name: "waiting to reconnect", tone: 4 as const, points }];
}

function account(report: Report) {
  const { connections, pushes } = report;
  const toCome = remainder(report, connections.planned - connections.opened - connections.refused - connections.notAttempted);
  const rows = [
    [
      "Connections planned",
      count(connections.planned),
      `= ${count(connections.opened)} opened + ${count(connections.refused)} refused + ${count(connections.notAttempted)} not attempted${toCome}`,
    ],
    [
      "Ended",
      count(connections.closedByPlan + connections.closedUnexpectedly),
      `= ${count(connections.closedByPlan)} by plan + ${count(connections.closedUnexpectedly)} unexpectedly`,
    ],
  ];
  const { reconnects } = connections;
  if (reconnects.attempted > 0)
    rows.push(["Reconnects", count(reconnects.attempted), `${count(reconnects.opened)} opened, ${count(reconnects.refused)} refused`]);
  if (pushes !== null) {
    rows.push([
      "Pushes due",
      count(pushes.due),
      `= ${count(pushes.received)} received + ${count(pushes.lost)} lost${remainder(report, pushes.due - pushes.received - pushes.lost)}`,
    ]);
    rows.push([
      "Of the received",
      count(pushes.received),
      `${count(pushes.late)} late, ${count(pushes.outOfOrder)} out of order; besides them ${count(pushes.duplicated)} duplicated, ${count(pushes.corrupted)} corrupted`,
    ]);
  }
  return table(["", "", ""], rows, { from: 1, to: 2 });
}
