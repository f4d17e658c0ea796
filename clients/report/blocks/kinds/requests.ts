/** Requests of an API run: throughput and latency over time, by users in a sweep, by status and by cause of failure. */
import { requestCauseList, requestCauseSentence, statusClassList } from "../../../measure/request-cause.ts";
import { type Layer, type Plot, toneOf } from "../../chart/chart.ts";
import { latencyScale, linearScale } from "../../chart/scale.ts";
import { type Point, pointsOf } from "../../chart/series.ts";
import { summarize, timeChart } from "../../chart/time-chart.ts";
import { formatFigure, formatMilliseconds, formatShare, isFigure, notMeasured } from "../../model/format.ts";
import type { Interval } from "../../model/interval.ts";
import type { Report } from "../../model/report.ts";
import type { RequestCounts, StepFigures } from "../../model/schema/request-block.ts";
import { type Block, count, type Equation, figureColumns, type Recorded } from "../block.ts";

/** Requests, the steps of a sweep, and why requests failed; null for a run that sends none. */
export function requestBlocks(report: Report, { intervals }: Recorded): Block[] | null {
  const { requests, steps = [], qps } = report;
  if (requests === undefined) return null;
  const { due, failed, unanswered, unsent, checkShare, ownLagMs } = requests;
  const lost = failed + unanswered + unsent;
  const answers = statusClassList.flatMap((name) =>
    requests.byStatusClass[name] === undefined
      ? []
      : [{ name: name === "none" ? "no answer" : name, value: requests.byStatusClass[name] }],
  );
  const lag =
    ownLagMs === null
      ? []
      : [
          [
            "sending lag",
            `p50 ${formatMilliseconds(ownLagMs.p50)} ms, p99 ${formatMilliseconds(ownLagMs.p99)} ms, the generator's own and part of the latencies`,
          ] as const,
        ];
  const isSweep = new Set(steps.map(({ users }) => users)).size > 1;
  return [
    {
      id: "requests",
      title: "Requests",
      charts: [
        throughput(report, intervals),
        ...(isSweep ? [throughputByUsers(steps), latencyByUsers(steps)] : []),
        {
          kind: "bars",
          title: "Answers by status",
          note: "correct and incorrect ones",
          unit: "count",
          rows: answers.map((row, index) => ({ ...row, tone: toneOf(index) })),
        },
      ],
      equations: requestEquations(requests, report.state),
      facts: [
        ["throughput", qps == null ? notMeasured : `${count(Math.round(qps))} correct answers per second`],
        ["no correct answer", `${count(lost)}${due > 0 ? ` (${formatShare(lost / due)})` : ""}`],
        [
          "answers",
          `${answers.map(({ name, value }) => `${name} ${count(value)}`).join(", ") || "none yet"}; bodies checked on ${formatShare(checkShare)} of them`,
        ],
        ...lag,
      ],
    },
    ...(steps.length === 0 ? [] : [stepBlock(steps)]),
    failureBlock(requests, "request"),
  ];
}

function requestEquations(
  { due, sent, unsent, ok, failed, unanswered }: RequestCounts,
  state: Report["state"],
): Equation[] {
  const parts = [
    [ok, "right"],
    [failed, "failed"],
    [unanswered, state === "running" ? "in flight" : "unanswered"],
  ] as const;
  const all: Equation = { of: "requests", what: "sent", total: sent, parts };
  return unsent === 0
    ? [all]
    : [
        {
          of: "requests",
          what: "due",
          total: due,
          parts: [
            [sent, "sent"],
            [unsent, "never sent"],
          ],
          rest: ": no connection was free",
        },
        all,
      ];
}

function stepBlock(steps: readonly StepFigures[]): Block {
  const quantile = (value: number | undefined): string =>
    value === undefined ? notMeasured : formatMilliseconds(value);
  const rows = steps.map(
    ({ users, ratePerSecond, qps, latencyMs, failed, unanswered, unsent, targetCpu, targetRssMiB }) => [
      ratePerSecond === null ? count(users) : `${count(users)} at ${count(ratePerSecond)}/s`,
      count(Math.round(qps)),
      quantile(latencyMs?.p50),
      quantile(latencyMs?.p99),
      quantile(latencyMs?.p999),
      count(failed + unanswered + unsent),
      formatFigure(targetCpu, "cores"),
      formatFigure(targetRssMiB, "mebibytes"),
    ],
  );
  return {
    id: "steps",
    title: "Steps",
    table: {
      columns: figureColumns("users", "per second", "p50 ms", "p99 ms", "p99.9 ms", "failed", "CPU", "memory"),
      rows,
    },
  };
}

/** Why requests failed. `noun`: what each of them is called. */
export function failureBlock({ byCause }: Pick<RequestCounts, "byCause">, noun: "request" | "stream"): Block {
  const rows = requestCauseList.flatMap((cause) =>
    (byCause[cause] ?? 0) > 0 ? [[cause, count(byCause[cause]), requestCauseSentence(cause)]] : [],
  );
  const block = { id: "failures", title: `Why ${noun}s failed`, word: "Failures" };
  if (rows.length === 0) return { ...block, note: `No ${noun} failed.` };
  return {
    ...block,
    table: { columns: [{ title: "cause" }, { title: "count", align: "right" }, { title: "meaning" }], rows },
  };
}

function throughput(report: Report, intervals: readonly Interval[]): Plot {
  return timeChart(report, intervals, {
    id: "chart-qps",
    title: "Requests over time",
    unit: "per second",
    describe:
      "Correct answers and failures per second, warm-up included; a dip is a pause of the target, a downward slope a decline in throughput.",
    isWide: true,
    layers: [
      { kind: "line", name: "right", tone: 1, points: perSecond(intervals, ({ ok }) => ok) },
      { kind: "line", name: "failed", tone: "bad", points: perSecond(intervals, ({ failed }) => failed) },
    ],
  });
}

/** The growth of a count in each interval, per second. */
export function perSecond(
  intervals: readonly Interval[],
  read: (requests: NonNullable<Interval["requests"]>) => number,
): Point[] {
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
    ({ users }) => users,
    read,
  );

function usersChart(
  steps: readonly StepFigures[],
  chart: Pick<Plot, "id" | "title" | "unit" | "describe" | "layers" | "y">,
): Plot {
  const x = linearScale(0, Math.max(...steps.map(({ users }) => users)));
  return { kind: "plot", ...chart, x, xTitle: "concurrent users", summary: summarize(chart.layers) };
}

function throughputByUsers(steps: readonly StepFigures[]): Plot {
  const points = byUsers(steps, ({ qps }) => qps);
  return usersChart(steps, {
    id: "chart-qps-users",
    title: "Throughput by users",
    unit: "correct answers per second",
    describe:
      "Where more users bring no more answers, the target is saturated; where they bring fewer, contention is reducing its throughput.",
    y: linearScale(0, Math.max(0, ...points.map(({ y }) => y ?? 0))),
    layers: [{ kind: "line", name: "correct answers per second", tone: 1, points, dots: true }],
  });
}

function latencyByUsers(steps: readonly StepFigures[]): Plot {
  const layers: Layer[] = (["p99", "p50"] as const).map((rank, index) => ({
    kind: "line",
    name: rank,
    tone: index === 0 ? 2 : 1,
    points: byUsers(steps, ({ latencyMs }) => latencyMs?.[rank] ?? null),
    dots: true,
  }));
  const y = latencyScale(
    layers.flatMap((layer) => (layer.kind === "line" ? layer.points.map((point) => point.y).filter(isFigure) : [])),
  );
  return usersChart(steps, {
    id: "chart-latency-users",
    title: "Latency by users",
    unit: `ms${y.kind === "log" ? ", log scale" : ""}`,
    describe:
      "Latency that grows in step with the users is queueing; p99 rising away from p50 means unfairness or pauses.",
    y,
    layers,
  });
}
