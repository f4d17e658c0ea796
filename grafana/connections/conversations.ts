/**
 * Conversations row of the connections dashboard: is what is asked answered, and does what is published arrive. Empty
 * where connections only listen.
 */
import type { Row } from "../dashboard.ts";
import { panel } from "../panel.ts";
import { perRun, perSecond, quantile } from "../query.ts";

const legend = "{{target}}";
const since = "Each point is the mean since the previous point.";

const answers = panel({
  kind: "timeseries",
  title: "Beats and requests",
  unit: "cps",
  width: 12,
  shows: "Messages of the conversation that were due and are accounted for, by outcome, per second.",
  between: since,
  bad: "Lost or late above 0: the target does not answer, or too slowly. Unsent: connections were not open when they were due.",
  queries: (["due", "answered", "late", "lost", "unsent"] as const).map((fate) => ({
    expr: perSecond(`requests_${fate}_total`, `${perRun}, name`),
    legend: `${legend} {{name}} ${fate}`,
  })),
});

const published = panel({
  kind: "timeseries",
  title: "Published messages",
  unit: "cps",
  width: 12,
  shows: "Messages published, and their deliveries to all receivers, per second.",
  between: since,
  bad: "Received below due: some receivers do not get the messages. Duplicated above 0: messages are delivered twice.",
  queries: (["sent", "due", "received", "lost", "duplicated"] as const).map((fate) => ({
    expr: perSecond(`published_${fate}_total`, `${perRun}, group`),
    legend: `${legend} {{group}} ${fate}`,
  })),
});

const times = panel({
  kind: "timeseries",
  title: "Answers and deliveries, p99",
  unit: "s",
  width: 24,
  shows:
    "From the generator's write to the kernel's receive stamp: answers by name, published messages by publishing group.",
  between: since,
  bad: "Rising with the load: the target, or its broker, is queueing.",
  queries: [
    { expr: quantile(0.99, "request_round_trip_seconds", `${perRun}, name`), legend: `${legend} {{name}}` },
    { expr: quantile(0.99, "published_latency_seconds", `${perRun}, group`), legend: `${legend} {{group}} published` },
  ],
});

export const conversationsRow: Row = { title: "Conversations", panels: [answers, published, times] };
