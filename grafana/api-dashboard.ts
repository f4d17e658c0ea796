/** The API scenario: how many requests, how many fail, how late, and how it changes with users. */

import { histogramBoundsSeconds } from "../clients/measure/histogram/bucket-counts.ts";
import { latencies } from "../clients/measure/latency.ts";
import type { DashboardSpec } from "./dashboard.ts";
import { panel } from "./panel.ts";
import { onlyThose, perRun, perSecond, quantile, ratio, total } from "./query.ts";

const legend = "{{target}}";
const requestSpan = `From ${latencies.request.from} to ${latencies.request.to}.`;
const since = "Each point is the mean since the previous point.";

/** Bounds a share can be read at exactly; the first one chosen is nearest to 100 ms. */
const bounds = histogramBoundsSeconds.filter((bound) => bound > 0.005 && bound < 5).map(String);
const nearTenth = bounds.reduce((near, bound) =>
  Math.abs(Number(bound) - 0.1) < Math.abs(Number(near) - 0.1) ? bound : near,
);

const boundVariable = {
  type: "custom",
  name: "bound",
  label: "Limit, seconds",
  query: bounds.join(","),
  current: { text: nearTenth, value: nearTenth },
  options: bounds.map((bound) => ({ text: bound, value: bound, selected: bound === nearTenth })),
  multi: false,
  includeAll: false,
  hide: 0,
  skipUrlSync: false,
} as const;

const requests = panel({
  kind: "timeseries",
  title: "Requests per second",
  unit: "reqps",
  width: 12,
  byRuntime: true,
  shows: "HTTP requests answered or failed, per second.",
  between: since,
  bad: "It stays flat while users rise: the target is saturated.",
  queries: [{ expr: perSecond("requests_total", perRun), legend }],
});

const failures = panel({
  kind: "timeseries",
  title: "Failures, by cause",
  unit: "reqps",
  width: 12,
  stacked: true,
  shows: "HTTP requests that failed, by cause, per second.",
  between: since,
  bad: "Anything above 0; timeout or connection-closed under load: the target drops requests it cannot serve.",
  queries: [
    {
      expr: onlyThose(
        perSecond("request_failures_total", `${perRun}, cause`),
        perSecond("request_failures_total", perRun),
      ),
      legend: "{{target}} {{cause}}",
    },
  ],
});

/** p50 and p99 of a histogram over time. */
const quantiles = (
  metric: Parameters<typeof quantile>[1],
  { what, ...more }: { what: string; width: number; between: string; bad: string },
) =>
  panel({
    kind: "timeseries",
    title: `${what}, p50 and p99`,
    unit: "s",
    byRuntime: true,
    shows: "Quantiles estimated from the histogram, at most 1.41 times too large; exact values are in the report.",
    queries: [
      { expr: quantile(0.99, metric, perRun), legend: `${legend} p99` },
      { expr: quantile(0.5, metric, perRun), legend: `${legend} p50` },
    ],
    ...more,
  });

const p99 = quantiles("request_duration_seconds", {
  what: "Request time",
  width: 12,
  between: requestSpan,
  bad: "p99 climbs with users while p50 stays flat: a pool is too small, or a lock is contended.",
});

const shareUnderLimit = panel({
  kind: "timeseries",
  title: "Share answered within the limit",
  unit: "percentunit",
  width: 12,
  byRuntime: true,
  max: 1,
  shows: "Share of requests answered within the limit selected above; exact for the limits offered.",
  between: requestSpan,
  bad: "Below your objective.",
  queries: [
    {
      expr: ratio(
        perSecond("request_duration_seconds_bucket", perRun, ['le="$bound"']),
        perSecond("request_duration_seconds_count", perRun),
      ),
      legend,
    },
  ],
});

const byStatus = panel({
  kind: "timeseries",
  title: "Requests, by status class",
  unit: "reqps",
  width: 12,
  stacked: true,
  shows: "Requests by status class; none: no answer arrived.",
  between: since,
  bad: "5xx or none appear under load.",
  queries: [{ expr: perSecond("requests_total", `${perRun}, status_class`), legend: "{{target}} {{status_class}}" }],
});

const heatmap = panel({
  kind: "heatmap",
  title: "Request time",
  unit: "cps",
  axisUnit: "s",
  width: 12,
  shows: "Distribution of request times; each row is a bucket, 1.41 times the one below.",
  between: requestSpan,
  bad: "Two bands: some requests wait for a connection or a lock.",
  queries: [{ expr: perSecond("request_duration_seconds_bucket", "le"), legend: "{{le}}" }],
});

const sweep = panel({
  kind: "timeseries",
  title: "Sweep by users",
  unit: "reqps",
  width: 24,
  shows: "Requests per second, and the concurrent users of the step (right axis): a sweep goes from 10 users to 1,000.",
  between: since,
  bad: "Users increase but requests do not: the target cannot use more concurrency. In a closed loop more users then only add waiting.",
  queries: [
    { expr: perSecond("requests_total", perRun), legend: `${legend} requests` },
    { expr: total("request_users", perRun), legend: `${legend} users`, rightUnit: "short" },
  ],
});

const failuresTotal = panel({
  kind: "stat",
  title: "Failed requests",
  unit: "short",
  width: 6,
  height: 4,
  fail: 1,
  shows: "HTTP requests that failed.",
  between: "From the run's start to the last scrape.",
  bad: "Anything above 0.",
  noValue: "not measured",
  queries: [{ expr: `${total("request_failures_total", perRun)} or 0 * ${total("requests_total", perRun)}`, legend }],
});

const usersNow = panel({
  kind: "stat",
  title: "Users",
  unit: "short",
  neutral: true,
  width: 6,
  height: 4,
  shows: "Concurrent users of the current step.",
  between: "At the last scrape that had a value.",
  bad: "No value: an open loop, which has a rate instead of users, or a finished run.",
  noValue: "none now",
  queries: [{ expr: total("request_users", perRun), legend }],
});

const requestsNow = panel({
  kind: "stat",
  title: "Requests per second now",
  unit: "reqps",
  neutral: true,
  width: 6,
  height: 4,
  shows: "HTTP requests answered or failed, per second.",
  between: "Mean of the last 5 s.",
  bad: "0: no API run is in progress.",
  queries: [{ expr: perSecond("requests_total", perRun, [], "5s"), legend }],
});

const failedShare = panel({
  kind: "stat",
  title: "Failed share",
  unit: "percentunit",
  width: 6,
  height: 4,
  fail: 0.00001,
  shows: "Failed requests as a share of all.",
  between: "From the run's start to the last scrape.",
  bad: "Above the scenario's failedRatio.",
  queries: [{ expr: ratio(total("request_failures_total", perRun), total("requests_total", perRun)), legend }],
});

const firstEvent = quantiles("stream_first_event_seconds", {
  what: "Time to first event",
  width: 8,
  between: `From ${latencies.firstEvent.from} to ${latencies.firstEvent.to}.`,
  bad: "It climbs with users while the gaps stay flat: streams are queued before they start.",
});

const eventGap = quantiles("stream_event_gap_seconds", {
  what: "Gap between events",
  width: 8,
  between: `From ${latencies.eventGap.from} to ${latencies.eventGap.to}.`,
  bad: "p99 rises away from p50: streams in progress have to wait for others.",
});

const eventRate = panel({
  kind: "timeseries",
  title: "Events and tokens per second",
  unit: "short",
  width: 8,
  byRuntime: true,
  shows: "Events of all streams, tokens if they are counted, and streams whose first byte arrived, per second.",
  between: since,
  bad: "It stays flat while users rise: the target is saturated.",
  queries: [
    { expr: perSecond("stream_events_total", perRun), legend: `${legend} events` },
    { expr: perSecond("stream_tokens_total", perRun), legend: `${legend} tokens` },
    { expr: perSecond("stream_first_byte_seconds_count", perRun), legend: `${legend} streams` },
  ],
});

export const apiDashboard: DashboardSpec = {
  uid: "holdfast-api",
  title: "Holdfast API",
  description: "Requests and streams: requests, failures, time, and the sweep by users.",
  beginsWithAllRuns: true,
  kinds: 'kind=~"api|streams"',
  variables: [boundVariable],
  rows: [
    { title: "Now", panels: [requestsNow, failuresTotal, failedShare, usersNow] },
    { title: "Requests", panels: [requests, failures] },
    { title: "Time", panels: [p99, shareUnderLimit, byStatus, heatmap] },
    { title: "Users", panels: [sweep] },
    { title: "Streams", panels: [firstEvent, eventGap, eventRate] },
  ],
};
