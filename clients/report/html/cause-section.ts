/** Every refusal and disconnect: by cause and code, over time, and the first of them one by one. */
import { type Cause, causeList, causes } from "../../measure/cause.ts";
import { causeRows } from "../model/cause-rows.ts";
import { formatFigure, isFigure, printable } from "../model/format.ts";
import type { Interval, Report } from "../model/report.ts";
import { type Layer, toneOf } from "./chart/layer.ts";
import { formatElapsed } from "./chart/scale.ts";
import { timeChart } from "./chart/time-chart.ts";
import { html, type Markup } from "./markup.ts";
import { charts, type ReportEvent, type Section, table } from "./section.ts";

const mostBars = 120;
const mostEvents = 12;

/** The causes, their timeline, and a sample of the events. */
export function causeSection(report: Report, intervals: readonly Interval[], events: readonly ReportEvent[]): Section {
  const rows = causeRows(report);
  const body =
    rows.length === 0
      ? html`<p class="note">No connection was refused or has ended.</p>`
      : html`${causeTable(rows)}${timeline(report, intervals)}${eventTable(report, events)}`;
  return { id: "disconnects", title: "Refusals and disconnects", body };
}

function causeTable(rows: ReturnType<typeof causeRows>): Markup {
  const whose = { connect: "never opened", upgrade: "never opened", life: "lost", ours: "by us" } as const;
  return table(
    ["cause", "code", "count", "kind", "meaning"],
    rows.map((row) => [
      row.code === null ? row.cause : "",
      row.code ?? "",
      formatFigure(row.count, "count"),
      row.code === null ? whose[row.stage] : "",
      html`<span class="meaning">${row.sentence}</span>`,
    ]),
    { from: 2, to: 3 },
  );
}

function timeline(report: Report, intervals: readonly Interval[]): Markup {
  return charts(
    html`<div class="wide">${timeChart(report, intervals, {
      id: "chart-causes",
      title: "Refusals and disconnects over time",
      unit: "connections per bar",
      describe:
        "When connections were refused or lost, stacked by cause (our own closing left out); a single tall bar is a restart or a crash, a steady row a limit being met again and again.",
      layers: causeBars(intervals),
      empty: intervals.length === 0 ? "No intervals were recorded for this run." : "No connection was refused or lost while the intervals were recorded.",
    })}</div>`,
  );
}

/** The causes' growth in each of at most 120 equal spans of time, stacked; our own closing is left out. */
export function causeBars(intervals: readonly Interval[]): Layer[] {
  const shown = causeList.filter((cause) => causes[cause].stage !== "ours" && intervals.some((interval) => (interval.connections.byCause[cause] ?? 0) > 0));
  const size = Math.max(1, Math.ceil(intervals.length / mostBars));
  const layers = shown.map((cause, index) => ({
    kind: "bars" as const,
    name: cause,
    tone: toneOf(index),
    bars: [] as { fromX: number; toX: number; fromY: number; toY: number }[],
  }));
  for (let from = 0; from < intervals.length; from += size) {
    const [before, after] = [intervals[from - 1], intervals[Math.min(from + size, intervals.length) - 1]];
    if (after === undefined) break;
    let height = 0;
    shown.forEach((cause, index) => {
      const grown = growth(before, after, cause);
      layers[index]?.bars.push({ fromX: before?.atMs ?? 0, toX: after.atMs, fromY: height, toY: height + grown });
      height += grown;
    });
  }
  return layers;
}

function growth(before: Interval | undefined, after: Interval, cause: Cause): number {
  const grown = (after.connections.byCause[cause] ?? 0) - (before?.connections.byCause[cause] ?? 0);
  return isFigure(grown) && grown > 0 ? grown : 0;
}

function eventTable(report: Report, events: readonly ReportEvent[]): Markup | null {
  const unplanned = events.filter((event) => event.cause !== undefined && event.cause !== "planned" && event.cause !== "interrupted");
  if (unplanned.length === 0) return null;
  const rows = unplanned
    .slice(0, mostEvents)
    .map(({ atMs, cause, code, connection, ...evidence }) => [
      isFigure(atMs) ? formatElapsed(atMs, atMs < 120_000 ? 1000 : 30_000) : "",
      isFigure(connection) ? String(connection) : "",
      String(cause),
      code === null || code === undefined ? "" : String(code),
      html`<span class="meaning">${evidenceText(evidence)}</span>`,
    ]);
  const leftOut = report.events?.leftOut ?? 0;
  const more = unplanned.length > mostEvents ? ` of ${formatFigure(unplanned.length, "count")}` : "";
  const caption = `The first ${formatFigure(rows.length, "count")}${more} that we did not ask for; all are in events.ndjson${leftOut > 0 ? `, which left out ${formatFigure(leftOut, "count")}` : ""}.`;
  return table(["at", "connection", "cause", "code", "evidence"], rows, { caption, from: 1, to: 2 });
}

function evidenceText(evidence: Record<string, unknown>): string {
  const text = Object.entries(evidence)
    .map(([name, value]) => `${name} ${printable(value)}`)
    .join(", ");
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}
