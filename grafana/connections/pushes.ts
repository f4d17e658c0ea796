/** Pushes row of the connections dashboard: do they arrive, and in time. */
import { latencies } from "../../clients/measure/latency.ts";
import type { Row } from "../dashboard.ts";
import { panel } from "../panel.ts";
import { exactQuantile, perRun, perSecond, quantile } from "../query.ts";

const legend = "{{target}}";
const spanOf = ({ from, to }: { from: string; to: string }): string => `From ${from} to ${to}`;

export const latencyHeatmap = panel({
  kind: "heatmap",
  title: "Push latency",
  unit: "cps",
  axisUnit: "s",
  width: 12,
  height: 7,
  shows: "Distribution of push latency; each row is a bucket, 1.41 times the one below.",
  between: `${spanOf(latencies.push)}.`,
  bad: "A second band above the first: some connections wait for others. The band climbs: a queue is growing.",
  queries: [{ expr: perSecond("push_latency_seconds_bucket", "le"), legend: "{{le}}" }],
});

const exactQuantiles = panel({
  kind: "timeseries",
  title: "Push latency, exact quantiles",
  unit: "s",
  width: 12,
  shows:
    "Exact quantiles of the last window with pushes, from the merged histogram of all shards, and the p99 of the whole run.",
  between: `${spanOf(latencies.push)}.`,
  bad: "p99 rises away from p50: stalls (garbage collection, a saturated core). All rise together: the fan-out takes too long.",
  queries: [
    ...(["0.5", "0.99", "0.999", "1"] as const).map((q) => ({
      expr: exactQuantile(q, "last"),
      legend: `${legend} ${q === "1" ? "max" : `p${q.slice(2).padEnd(2, "0")}`}`,
    })),
    { expr: exactQuantile("0.99", "run"), legend: `${legend} p99 of the run` },
  ],
});

const dueAndReceived = panel({
  kind: "timeseries",
  title: "Due and received",
  unit: "cps",
  width: 12,
  shows: "Pushes that were due, and those received, per second.",
  between:
    "Each point is the mean since the previous point; a push counts as due once it was received or given up as lost.",
  bad: "Received below due: losses. Both drop while connections are open: the target skips ticks.",
  queries: [
    { expr: perSecond("pushes_due_total", perRun), legend: `${legend} due` },
    { expr: perSecond("pushes_received_total", perRun), legend: `${legend} received` },
  ],
});

const astray = panel({
  kind: "timeseries",
  title: "Lost, late, duplicated, out of order",
  unit: "cps",
  width: 12,
  shows: "Pushes that went wrong, per second.",
  between: "Each point is the mean since the previous point. Late: after half an interval or 5 s, whichever is less.",
  bad: "Anything above 0. Late followed by lost: a queue grew, then overflowed. Corrupted: bytes were changed in transit.",
  queries: (["lost", "late", "duplicated", "out_of_order", "corrupted"] as const).map((fate) => ({
    expr: perSecond(`pushes_${fate}_total`, perRun),
    legend: `${legend} ${fate.replaceAll("_", " ")}`,
  })),
});

const tickLagAndDelivery = panel({
  kind: "timeseries",
  title: "Tick lag and delivery, p99",
  unit: "s",
  width: 12,
  shows: "The two parts of push latency, 99th percentile, estimated from the histograms.",
  between: `Tick lag: ${spanOf(latencies.tickLag).toLowerCase()}. Delivery: ${spanOf(latencies.delivery).toLowerCase()}.`,
  bad: "Tick lag rises: the target's timer or fan-out is late. Delivery rises: its sockets, the network or the host are slow.",
  queries: [
    { expr: quantile(0.99, "tick_lag_seconds", perRun), legend: `${legend} tick lag` },
    { expr: quantile(0.99, "delivery_seconds", perRun), legend: `${legend} delivery` },
  ],
});

const pingsAndSlowReaders = panel({
  kind: "timeseries",
  title: "Ping round trip and slow readers, p99",
  unit: "s",
  width: 12,
  shows:
    "Round trip of pings, and push latency of connections that read slowly on purpose; empty if the scenario has neither.",
  between: `Ping: ${spanOf(latencies.ping).toLowerCase()}. Slow readers: ${spanOf(latencies.slowPush).toLowerCase()}.`,
  bad: "Pings rise with pushes: one event loop serves both. Only slow readers suffer: as it should be; others suffer too: no isolation.",
  noValue: "not in the scenario",
  queries: [
    { expr: quantile(0.99, "ping_round_trip_seconds", perRun), legend: `${legend} ping` },
    { expr: quantile(0.99, "slow_push_latency_seconds", perRun), legend: `${legend} slow readers` },
  ],
});

const bytesRead = panel({
  kind: "timeseries",
  title: "Bytes read",
  unit: "Bps",
  width: 12,
  shows: "Bytes read from the target's sockets, per second, framing included.",
  between: "Each point is the mean since the previous point.",
  bad: "More per push than the scenario's size plus a few bytes of framing: the target pads or repeats messages.",
  queries: [{ expr: perSecond("received_bytes_total", perRun), legend }],
});

export const pushesRow: Row = {
  title: "Pushes",
  panels: [exactQuantiles, tickLagAndDelivery, dueAndReceived, astray, pingsAndSlowReaders, bytesRead],
};
