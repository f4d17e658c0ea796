/** The data-pipeline scenario: which runtime and which parser, how long, how much memory, and whether they agree. */
import type { DashboardSpec } from "./dashboard.ts";
import { panel } from "./panel.ts";
import { lastOf, perSecond, series } from "./query.ts";

const perVariant = "run, target, variant";
const legend = "{{variant}}";
const repeats = "From the variant's start to its end, median of its repeats.";

const time = panel({
  kind: "bargauge",
  title: "Time per variant",
  unit: "s",
  width: 12,
  byRuntime: true,
  shows: "Median time of each variant.",
  between: repeats,
  bad: "A variant with a C parser that is slower than the plain one: calls into C are expensive in that runtime (PyPy with ujson).",
  queries: [{ expr: lastOf("pipeline_duration_seconds", perVariant), legend }],
});

const relative = panel({
  kind: "bargauge",
  title: "Relative to CPython",
  unit: "suffix: x",
  width: 12,
  byRuntime: true,
  shows:
    "Time as a multiple of the fastest CPython variant's among the selected runs; empty if none of them ran on CPython.",
  between: repeats,
  bad: "Above 1: slower than CPython.",
  noValue: "no CPython run",
  queries: [
    {
      expr: `${lastOf("pipeline_duration_seconds", perVariant)} / scalar(min(last_over_time(${series("pipeline_duration_seconds").replace('target=~"$target"', 'target=~"cpython.*"')}[$__range]) > 0))`,
      legend,
    },
  ],
});

const lines = panel({
  kind: "timeseries",
  title: "Lines per second",
  unit: "suffix: lines/s",
  width: 12,
  byRuntime: true,
  shows: "Log lines parsed and counted, per second.",
  between: "Each point is the mean since the previous point; lines count once their repeat has ended.",
  bad: "Repeats of one variant that differ: the host is busy with something else.",
  queries: [{ expr: perSecond("pipeline_lines_total", perVariant), legend }],
});

const memory = panel({
  kind: "bargauge",
  title: "Memory",
  unit: "bytes",
  width: 6,
  byRuntime: true,
  shows: "Peak resident memory of each variant.",
  between: "From the variant's start to its end.",
  bad: "Near a small multiple of the file's size: all lines are kept in memory.",
  queries: [{ expr: lastOf("pipeline_resident_memory_bytes", perVariant), legend }],
});

const uniqueUsers = panel({
  kind: "bargauge",
  title: "Unique users",
  unit: "none",
  width: 6,
  byRuntime: true,
  shows: "Unique users each variant counted.",
  between: "Over the whole file.",
  bad: "Two variants that differ: one of them is wrong, and its time is meaningless.",
  queries: [{ expr: lastOf("pipeline_unique_users", perVariant), legend }],
});

export const pipelineDashboard: DashboardSpec = {
  uid: "holdfast-pipeline",
  title: "Holdfast pipeline",
  description: "The data-pipeline scenario: time, memory and agreement of each variant.",
  beginsWithAllRuns: true,
  kinds: 'kind="pipeline"',
  rows: [
    { title: "Time", panels: [time, relative] },
    { title: "Work", panels: [lines, memory, uniqueUsers] },
  ],
};
