/**
 * Conversations row of the connections dashboard: is what is asked answered, and does what is published arrive. Empty
 * where connections only listen.
 */
import type { Row } from "../dashboard.ts";
import { panel } from "../panel.ts";
import { perRun, perSecond, quantile } from "../query.ts";

const legend = "{{target}}";
const since = "Each point is the mean since the point before.";

const answers = panel({
  kind: "timeseries",
  title: "Beats and requests",
  unit: "cps",
  width: 12,
  shows: "Messages of the conversation that were due and settled, by what became of them, per second.",
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
  bad: "Received below due: somebody in the room does not get what was said. Duplicated above 0: it is said twice.",
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
    "From our write to the kernel's receive stamp: of answers by name, of published messages by the group that publishes.",
  between: since,
  bad: "Rising with the load: the target, or its broker, queues what it is asked.",
  queries: [
    { expr: quantile(0.99, "request_round_trip_seconds", `${perRun}, name`), legend: `${legend} {{name}}` },
    { expr: quantile(0.99, "published_latency_seconds", `${perRun}, group`), legend: `${legend} {{group}} published` },
  ],
});

export const conversationsRow: Row = { title: "Conversations", panels: [answers, published, times] };
