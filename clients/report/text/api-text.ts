/** Requests of an API run as blocks of the text report. */
import { requestCauseRows, stepRow, stepTitles } from "../html/api-section.ts";
import { formatFigure, formatMilliseconds, formatShare } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import { textTable } from "./text-table.ts";

const count = (value: unknown) => formatFigure(value, "count");

/** Null for a run that sends no requests. */
export function requestBlock({ requests, qps, state }: Report): { title: string; lines: string[] } | null {
  if (requests === undefined) return null;
  const { due, sent, unsent, ok, failed, unanswered, checkShare, byStatusClass, ownLagMs } = requests;
  const lost = failed + unanswered + unsent;
  const classes = Object.entries(byStatusClass).map(([name, n]) => `${name === "none" ? "no answer" : name} ${count(n)}`);
  return {
    title: "Requests",
    lines: [
      qps == null ? "throughput: not measured" : `${count(Math.round(qps))} right answers per second`,
      ...(unsent > 0 ? [`${count(due)} due = ${count(sent)} sent + ${count(unsent)} never sent: no connection was free`] : []),
      `${count(sent)} sent = ${count(ok)} right + ${count(failed)} failed + ${count(unanswered)} ${state === "running" ? "in flight" : "unanswered"}${due > 0 ? ` (${formatShare(lost / due)} without a right answer)` : ""}`,
      `${classes.length > 0 ? classes.join(", ") : "no answer yet"}; bodies checked on ${formatShare(checkShare)} of the answers`,
      ...requestCauseRows(requests).map(({ cause, count: n, sentence }) => `${cause} ${count(n)}: ${sentence}`),
      ...(ownLagMs === null
        ? []
        : [`our own lag in sending, part of the latencies: p50 ${formatMilliseconds(ownLagMs.p50)} ms, p99 ${formatMilliseconds(ownLagMs.p99)} ms`]),
    ],
  };
}

/** The table of a sweep; null without one. */
export function stepBlock({ steps }: Report): { title: string; lines: string[] } | null {
  if (steps === undefined || steps.length < 2) return null;
  const columns = stepTitles.map((title) => ({ title, align: "right" as const }));
  return { title: "Steps", lines: textTable(columns, steps.map(stepRow)) };
}
