/** Every refusal and disconnect: by cause and code, over time, and the first of them one by one. */
import { type Cause, causeList, isClosedByGenerator } from "../../measure/cause.ts";
import { type Layer, type Plot, toneOf } from "../chart/chart.ts";
import { formatElapsed } from "../chart/scale.ts";
import { timeChart } from "../chart/time-chart.ts";
import { causeRows } from "../model/cause-rows.ts";
import { isFigure, printable } from "../model/format.ts";
import type { Interval } from "../model/interval.ts";
import type { Report } from "../model/report.ts";
import { type Block, count, type Recorded, type ReportEvent } from "./block.ts";

const mostBars = 120;
const mostEvents = 12;

/** The causes with their timeline, and a sample of the events. */
export function causeBlocks(report: Report, { intervals, events }: Recorded): Block[] {
  const rows = causeRows(report);
  const block = { id: "disconnects", title: "Refusals and disconnects", word: "Causes" };
  if (rows.length === 0) return [{ ...block, note: "No connection was refused or closed." }];
  const columns = [{ title: "cause" }, { title: "count", align: "right" as const }, { title: "meaning" }];
  const cells = rows.map(({ cause, code, count: amount, sentence }) => [
    code === null ? cause : `  ${code}`,
    count(amount),
    sentence,
  ]);
  const reasons = (report.connections.closeReasons ?? []).map(
    ({ code, reason, count: amount }) => [`close-frame ${code}`, `${count(amount)}: "${reason}"`] as const,
  );
  return [
    { ...block, charts: [timeline(report, intervals)], facts: reasons, table: { columns, rows: cells } },
    ...eventBlock(report, events),
  ];
}

function timeline(report: Report, intervals: readonly Interval[]): Plot {
  return timeChart(report, intervals, {
    id: "chart-causes",
    title: "Refusals and disconnects over time",
    unit: "connections per bar",
    describe:
      "When connections were refused or lost, stacked by cause (planned closes excluded); a single tall bar is a restart or a crash, a steady row of bars a limit that is hit again and again.",
    isWide: true,
    layers: causeBars(intervals),
    empty:
      intervals.length === 0
        ? "No intervals were recorded for this run."
        : "No connection was refused or lost while the intervals were recorded.",
  });
}

/** The causes' growth in each of at most 120 equal spans of time, stacked; planned closing is left out. */
export function causeBars(intervals: readonly Interval[]): Layer[] {
  const shown = causeList.filter(
    (cause) =>
      !isClosedByGenerator(cause) && intervals.some((interval) => (interval.connections.byCause[cause] ?? 0) > 0),
  );
  const size = Math.max(1, Math.ceil(intervals.length / mostBars));
  const bars = shown.map(() => [] as { fromX: number; toX: number; fromY: number; toY: number }[]);
  for (let from = 0; from < intervals.length; from += size) {
    const [before, after] = [intervals[from - 1], intervals[Math.min(from + size, intervals.length) - 1]!];
    let height = 0;
    shown.forEach((cause, index) => {
      const grown = growth(before, after, cause);
      bars[index]!.push({ fromX: before?.atMs ?? 0, toX: after.atMs, fromY: height, toY: height + grown });
      height += grown;
    });
  }
  return shown.map((cause, index) => ({ kind: "bars", name: cause, tone: toneOf(index), bars: bars[index]! }));
}

function growth(before: Interval | undefined, after: Interval, cause: Cause): number {
  const grown = (after.connections.byCause[cause] ?? 0) - (before?.connections.byCause[cause] ?? 0);
  return isFigure(grown) && grown > 0 ? grown : 0;
}

function eventBlock(report: Report, events: readonly ReportEvent[]): Block[] {
  const unplanned = events.filter(({ cause }) => cause !== undefined && cause !== "planned" && cause !== "interrupted");
  if (unplanned.length === 0) return [];
  const rows = unplanned
    .slice(0, mostEvents)
    .map(({ atMs, cause, code, connection, ...evidence }) => [
      isFigure(atMs) ? formatElapsed(atMs, atMs < 120_000 ? 1000 : 30_000) : "",
      isFigure(connection) ? String(connection) : "",
      String(cause),
      code === null || code === undefined ? "" : String(code),
      { text: evidenceText(evidence), isSoft: true },
    ]);
  const leftOut = report.events?.leftOut ?? 0;
  const more = unplanned.length > mostEvents ? ` of ${count(unplanned.length)}` : "";
  const caption = `The first ${count(rows.length)}${more} unexpected ones; all are in events.ndjson${leftOut > 0 ? `, which left out ${count(leftOut)}` : ""}.`;
  const columns = [
    { title: "at" },
    { title: "connection", align: "right" as const },
    { title: "cause" },
    { title: "code" },
    { title: "evidence" },
  ];
  return [
    {
      id: "events",
      title: "First unplanned refusals and disconnects",
      isPageOnly: true,
      table: { columns, rows, caption },
    },
  ];
}

function evidenceText(evidence: Record<string, unknown>): string {
  const text = Object.entries(evidence)
    .map(([name, value]) => `${name} ${printable(value)}`)
    .join(", ");
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}
