/** Requests of an API run: throughput and latency over time, by users in a sweep, by status and by cause of failure. */
import { type RequestCause, requestCauseList, requestCauseSentence, statusClassList } from "../../measure/request-cause.ts";
import { formatFigure, formatMilliseconds, isFigure, notMeasured } from "../model/format.ts";
import type { Interval, Report, RequestCounts, StepFigures } from "../model/report.ts";
import { barChart } from "./chart/bar-chart.ts";
import { type Chart, renderChart } from "./chart/chart.ts";
import { toneOf } from "./chart/layer.ts";
import { latencyScale, linearScale } from "./chart/scale.ts";
import { type Point, pointsOf } from "./chart/series.ts";
import { summarize, timeChart } from "./chart/time-chart.ts";
import { html, type Markup } from "./markup.ts";
import { charts, type Section, table } from "./section.ts";

const count = (value: unknown) => formatFigure(value, "count");

/** Null for a run that sends no requests. */
export function apiSection(report: Report, intervals: readonly Interval[]): Section | null {
  const { requests, steps = [] } = report;
  if (requests === undefined) return null;
  const isSweep = new Set(steps.map(({ users }) => users)).size > 1;
  const body = html`${charts(throughput(report, intervals), ...(isSweep ? [throughputByUsers(steps), latencyByUsers(steps)] : []))}${account(requests)}${stepTable(steps)}${charts(statusBars(requests))}${causeTable(requests)}`;
  return { id: "requests", title: "Requests", body };
}

function throughput(report: Report, intervals: readonly Interval[]): Markup {
  return html`<div class="wide">${timeChart(report, intervals, {
    id: "chart-qps",
    title: "Requests over time",
    unit: "per second",
    describe: "Right answers and failures in each second, warm-up included; a dip is a pause of the target, a slope its decay.",
    layers: [
      { kind: "line", name: "right", tone: 1, points: perSecond(intervals, ({ ok }) => ok) },
      { kind: "line", name: "failed", tone: "bad", points: perSecond(intervals, ({ failed }) => failed) },
    ],
  })}</div>`;
}

/** The growth of a count in each interval, per second. */
export function perSecond(intervals: readonly Interval[], read: (requests: NonNullable<Interval["requests"]>) => number): Point[] {
  return intervals.flatMap((interval, index) => {
    const before = intervals[index - 1];
    const elapsedMs = interval.atMs - (before?.atMs ?? 0);
    // The last line of a run may come just after the one before it: too short a time to speak of a rate.
    if (interval.requests === undefined || !(elapsedMs >= 200)) return [];
    const grown = read(interval.requests) - (before?.requests === undefined ? 0 : read(before.requests));
    return [{ x: interval.atMs, y: (grown * 1000) / elapsedMs }];
  });
}

const byUsers = (steps: readonly StepFigures[], read: (step: StepFigures) => number | null): Point[] =>
  pointsOf(
    [...steps].sort((a, b) => a.users - b.users),
    (step) => step.users,
    read,
  );

function usersChart(chart: Pick<Chart, "id" | "title" | "unit" | "describe" | "layers" | "y">, steps: readonly StepFigures[]): Markup {
  const x = linearScale(0, Math.max(...steps.map(({ users }) => users)));
  return renderChart({ ...chart, x, xTitle: "concurrent users", summary: summarize(chart.layers) });
}

function throughputByUsers(steps: readonly StepFigures[]): Markup {
  const points = byUsers(steps, ({ qps }) => qps);
  return usersChart(
    {
      id: "chart-qps-users",
      title: "Throughput by users",
      unit: "right answers per second",
      describe: "Where more users bring no more answers, the target is full; where they bring fewer, it works against itself.",
      y: linearScale(0, Math.max(0, ...points.map(({ y }) => y ?? 0))),
      layers: [{ kind: "line", name: "right answers per second", tone: 1, points, dots: true }],
    },
    steps,
  );
}

function latencyByUsers(steps: readonly StepFigures[]): Markup {
  const p50 = byUsers(steps, ({ latencyMs }) => latencyMs?.p50 ?? null);
  const p99 = byUsers(steps, ({ latencyMs }) => latencyMs?.p99 ?? null);
  const y = latencyScale([...p50, ...p99].map((point) => point.y).filter(isFigure));
  return usersChart(
    {
      id: "chart-latency-users",
      title: "Latency by users",
      unit: `ms${y.kind === "log" ? ", log scale" : ""}`,
      describe: "Latency that grows in step with the users is a queue; p99 that leaves p50 behind is unfairness or pauses.",
      y,
      layers: [
        { kind: "line", name: "p99", tone: 2, points: p99, dots: true },
        { kind: "line", name: "p50", tone: 1, points: p50, dots: true },
      ],
    },
    steps,
  );
}

function account({ due, sent, unsent, ok, failed, unanswered }: RequestCounts): Markup {
  const rows = [["Requests sent", count(sent), `= ${count(ok)} right + ${count(failed)} failed + ${count(unanswered)} unanswered`]];
  if (unsent > 0) rows.unshift(["Requests due", count(due), `= ${count(sent)} sent + ${count(unsent)} never sent`]);
  return table(["", "", ""], rows, { from: 1, to: 2 });
}

/** The columns of the table of steps, for the page and the terminal. */
export const stepTitles = ["users", "per second", "p50 ms", "p99 ms", "p99.9 ms", "failed", "target CPU", "target MiB"] as const;

export function stepRow({ users, ratePerSecond, qps, latencyMs, failed, unanswered, unsent, targetCpu, targetRssMiB }: StepFigures): string[] {
  const quantile = (value: number | undefined): string => (value === undefined ? notMeasured : formatMilliseconds(value));
  const figure = (value: number | null, unit: "cores" | "mebibytes"): string => (value === null ? notMeasured : formatFigure(value, unit));
  return [
    ratePerSecond === null ? count(users) : `${count(users)} at ${count(ratePerSecond)}/s`,
    count(Math.round(qps)),
    quantile(latencyMs?.p50),
    quantile(latencyMs?.p99),
    quantile(latencyMs?.p999),
    count(failed + unanswered + unsent),
    figure(targetCpu, "cores"),
    figure(targetRssMiB, "mebibytes"),
  ];
}

function stepTable(steps: readonly StepFigures[]): Markup | null {
  return steps.length === 0 ? null : table(stepTitles, steps.map(stepRow), { from: 0, to: stepTitles.length });
}

function statusBars({ byStatusClass }: RequestCounts): Markup {
  const rows = statusClassList.flatMap((name, index) => {
    const value = byStatusClass[name];
    return value === undefined ? [] : [{ name: name === "none" ? "no answer" : name, tone: toneOf(index), value }];
  });
  return barChart({ title: "Answers by status", note: "right and wrong ones", unit: "count", rows });
}

/** Causes of failed requests that occurred, in the order of the closed list. */
export function requestCauseRows({ byCause }: RequestCounts): { cause: RequestCause; count: number; sentence: string }[] {
  return requestCauseList.flatMap((cause) => {
    const n = byCause[cause];
    return isFigure(n) && n > 0 ? [{ cause, count: n, sentence: requestCauseSentence(cause) }] : [];
  });
}

function causeTable(requests: RequestCounts): Markup {
  const rows = requestCauseRows(requests);
  if (rows.length === 0) return html`<p class="note">No request failed.</p>`;
  return table(
    ["why requests failed", "count", "meaning"],
    rows.map(({ cause, count: n, sentence }) => [cause, count(n), html`<span class="meaning">${sentence}</span>`]),
    { from: 1, to: 2 },
  );
}
