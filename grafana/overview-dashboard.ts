/** Runtimes side by side: who holds more, later, for what. */
import { latencies } from "../clients/measure/latency.ts";
import type { DashboardSpec } from "./dashboard.ts";
import { panel } from "./panel.ts";
import { exactQuantile, highest, lastOf, perRun, perSecond, ratio, series } from "./query.ts";

const legend = "{{target}}";
const columns = "target, runtime, run, kind";
const wholeRun = "From the run's start to its last scrape within the time range.";
const pushSpan = `From ${latencies.push.from} to ${latencies.push.to}, over the whole run, exact.`;

/** There is one series per run. An API run's connections are its users, and no figure of what a target holds. */
const peakOpen = (by: string): string =>
  `max by (${by}) (max_over_time(${series("connections", 'state="open"', 'kind!="api"')}[$__range]))`;
const p99OfRun = (by: string): string => lastOf("push_latency_quantile_seconds", by, 'quantile="0.99"', 'window="run"');
const memoryPerConnection = (by: string): string => ratio(highest("target_resident_memory_bytes", by), peakOpen(by));
const cpuPerThousand = (by: string): string =>
  `1000 * ${ratio(highest("target_cpu_seconds_total", by), highest("pushes_received_total", by))}`;

/** A run's own board, at its own time. */
const runUrl = [
  "/d/holdfast-$",
  '{__data.fields["Board"]}?var-run=$',
  '{__data.fields["Run"]}&var-target=$__all&from=$',
  '{__data.fields["From"].numeric}&to=$',
  '{__data.fields["To"].numeric}',
].join("");
const withBoard = (expr: string): string =>
  ["api", "pipeline"].reduce(
    (inner, kind) => `label_replace(${inner}, "board", "${kind}", "kind", "${kind}")`,
    `label_replace(${expr}, "board", "connections", "", "")`,
  );

const sideBySide = panel({
  kind: "table",
  title: "Side by side",
  unit: "short",
  width: 24,
  shows: "Each run in the time range: connections held, push latency, cost and verdict.",
  between: wholeRun,
  bad: "Verdict invalid: the generator or its host failed first, and the other figures in the row say nothing about the target.",
  noValue: "-",
  columnOrder: [
    "Verdict",
    "Peak open",
    "Push p99",
    "Memory per connection",
    "CPU per 1,000 pushes",
    "Lost",
    "Target",
    "Run",
  ],
  greatestFirst: "From",
  textColours: { Verdict: { pass: "green", fail: "red", invalid: "orange" } },
  cellLinks: { Run: { title: "Show this run", url: runUrl } },
  labelColumns: {
    target: "Target",
    runtime: "Runtime",
    kind: "Kind",
    run: "Run",
    verdict: "Verdict",
    protocol: "Protocol",
    engine: "Engine",
    clock: "Clock",
    board: "Board",
  },
  columns: [
    { title: "Peak open", unit: "short" },
    { title: "Push p99", unit: "s" },
    { title: "Memory per connection", unit: "bytes" },
    { title: "CPU per 1,000 pushes", unit: "s" },
    { title: "Lost", unit: "short" },
    null,
    null,
    { title: "From", unit: "dateTimeAsIso", hidden: true },
    { title: "To", unit: "dateTimeAsIso", hidden: true },
  ],
  queries: [
    { expr: peakOpen(columns), legend: "" },
    { expr: p99OfRun(columns), legend: "" },
    { expr: memoryPerConnection(columns), legend: "" },
    { expr: cpuPerThousand(columns), legend: "" },
    { expr: `${lastOf("pushes_lost_total", columns)} and ${lastOf("pushes_due_total", columns)} > 0`, legend: "" },
    { expr: lastOf("run_verdict", `${columns}, verdict`), legend: "" },
    { expr: withBoard(lastOf("run_info", `${columns}, protocol, engine, clock`)), legend: "" },
    {
      expr: `1000 * min by (${columns}) (min_over_time(${series("run_phase_start_timestamp_seconds")}[$__range]))`,
      legend: "",
    },
    {
      expr: `1000 * (30 + ${lastOf("run_phase_start_timestamp_seconds", columns, 'phase="done"')}) or 0 * ${lastOf("run_info", columns)} + 1000 * time()`,
      legend: "",
    },
  ],
});

const p99Bars = panel({
  kind: "bargauge",
  title: "Push latency p99",
  unit: "s",
  width: 6,
  byRuntime: true,
  shows: "99th percentile of push latency.",
  between: pushSpan,
  bad: "The longest bar among runs with the same number of connections.",
  queries: [{ expr: p99OfRun(perRun), legend }],
});

const memoryBars = panel({
  kind: "bargauge",
  title: "Memory per connection",
  unit: "bytes",
  width: 6,
  byRuntime: true,
  shows: "Peak resident memory of the target divided by the peak number of open connections.",
  between: wholeRun,
  bad: "Runs with few connections look bad, because the runtime's own memory is included.",
  queries: [{ expr: memoryPerConnection(perRun), legend }],
});

const cpuBars = panel({
  kind: "bargauge",
  title: "CPU per 1,000 pushes",
  unit: "s",
  width: 6,
  byRuntime: true,
  shows: "CPU time of the target divided by pushes received.",
  between: wholeRun,
  bad: "A long ramp with few pushes increases it: compare runs of the same scenario.",
  queries: [{ expr: cpuPerThousand(perRun), legend }],
});

const capacityBars = panel({
  kind: "bargauge",
  title: "Load held stably",
  unit: "short",
  width: 6,
  byRuntime: true,
  shows:
    "The two bounds of a capacity search, in the unit of what it varies: the load that held, and the load that did not; without a search, the most connections open at once.",
  between: wholeRun,
  bad: "Bounds far apart: the search is unfinished, or the generator was the limit (see the report).",
  queries: [
    {
      expr: `${lastOf("capacity_bound_connections", `${perRun}, bound`)} or ${lastOf("capacity_bound", `${perRun}, bound, unit`)}`,
      legend: "{{target}} {{bound}} bound {{unit}}",
    },
    { expr: peakOpen(perRun), legend: "{{target}} peak" },
  ],
});

/** The whole-run p99 of the best run of the time range, whenever it ran: runs on one machine follow one another. */
const best = `scalar(min(last_over_time(${series("push_latency_quantile_seconds", 'quantile="0.99"', 'window="run"')}[$__range] @ end()) > 0))`;

const p99OverTime = panel({
  kind: "timeseries",
  title: "Push latency p99 over time",
  unit: "s",
  width: 12,
  byRuntime: true,
  shows: "Exact 99th percentile of the last window with pushes.",
  between: `From ${latencies.push.from} to ${latencies.push.to}.`,
  bad: "A line that climbs at constant load.",
  queries: [{ expr: exactQuantile("0.99", "last"), legend }],
});

const p99Relative = panel({
  kind: "timeseries",
  title: "Push latency p99, relative to the best",
  unit: "suffix: x",
  width: 12,
  byRuntime: true,
  shows:
    "99th percentile of the last window, as a multiple of the p99 of the fastest run in the time range over its whole length.",
  between: `From ${latencies.push.from} to ${latencies.push.to}.`,
  bad: "Far above 1 and growing with connections.",
  queries: [{ expr: `${exactQuantile("0.99", "last")} / ${best}`, legend }],
});

const requestsPerSecond = panel({
  kind: "timeseries",
  title: "API requests per second",
  unit: "reqps",
  width: 12,
  byRuntime: true,
  shows: "HTTP requests answered or failed, per second; empty without an API run.",
  between: "Each point is the mean since the previous point.",
  bad: "It falls while users increase: contention in the target.",
  noValue: "no API run",
  queries: [{ expr: perSecond("requests_total", perRun), legend }],
});

const pipelineTime = panel({
  kind: "bargauge",
  title: "Pipeline time",
  unit: "s",
  width: 12,
  byRuntime: true,
  shows: "Median time of each pipeline variant; empty without a pipeline run.",
  between: "From the variant's start to its end, median of its repeats.",
  bad: "The longest bar.",
  noValue: "no pipeline run",
  queries: [{ expr: lastOf("pipeline_duration_seconds", "run, target, variant"), legend: "{{variant}}" }],
});

export const overviewDashboard: DashboardSpec = {
  uid: "holdfast-overview",
  title: "Holdfast overview",
  description: "Runtimes side by side on the same workloads.",
  beginsWithAllRuns: true,
  kinds: 'kind=~".+"',
  rows: [
    { title: "Side by side", panels: [sideBySide, p99Bars, memoryBars, cpuBars, capacityBars] },
    { title: "Over time", panels: [p99OverTime, p99Relative] },
    { title: "API and pipeline", panels: [requestsPerSecond, pipelineTime] },
  ],
};
