/** First rows of the connections dashboard: is it alive, and do the connections hold. */
import { type Phase, phases } from "../clients/measure/phase.ts";
import type { Row } from "./dashboard.ts";
import { panel } from "./panel.ts";
import { exactQuantile, onlyThose, orZero, perRun, perSecond, quantile, ratio, series, total } from "./query.ts";

const legend = "{{target}} {{run}}";
const height = 4;
const unexpected = 'cause!~"planned|interrupted"';
const open = total("connections", perRun, 'state="open"');

const openNow = panel({
  kind: "stat",
  title: "Open",
  unit: "short",
  width: 3,
  height,
  shows: "Connections open now.",
  between: "At the last scrape.",
  bad: "Below the plan during the hold: look at the closes by cause below.",
  queries: [{ expr: open, legend }],
});

const openOfPlanned = panel({
  kind: "stat",
  title: "Open of planned",
  unit: "percentunit",
  width: 3,
  height,
  shows: "Open connections as a share of those the scenario asks for.",
  between: "At the last scrape.",
  bad: "It stops short of 100 % in the ramp (refused) or sinks in the hold (lost).",
  queries: [{ expr: ratio(open, total("connections_planned", perRun)), legend }],
});

const pushesNow = panel({
  kind: "stat",
  title: "Pushes per second",
  unit: "cps",
  width: 4,
  height,
  shows: "Due pushes that arrived.",
  between: "Mean of the last 30 s.",
  bad: "Less than open connections divided by the push interval: the target does not keep up. Empty: the target's pushes carry no stamp.",
  noValue: "not measured",
  queries: [{ expr: perSecond("pushes_received_total", perRun, [], "30s"), legend }],
});

const pushP99Now = panel({
  kind: "stat",
  title: "Push latency p99",
  unit: "s",
  width: 4,
  height,
  shows: "Exact 99th percentile of push latency, all shards merged.",
  between: "From the tick at which a push was due to the kernel's receive stamp, over the last window that had pushes; after the end over the whole run.",
  bad: "It rises while connections stay the same: a queue grows in the target.",
  noValue: "not measured",
  queries: [{ expr: `${exactQuantile("0.99", "last")} or ${exactQuantile("0.99", "run")}`, legend }],
});

const lostNow = panel({
  kind: "stat",
  title: "Pushes lost",
  unit: "short",
  width: 3,
  height,
  shows: "Due pushes that did not arrive.",
  between: "From the run's start to the last scrape.",
  bad: "Anything above 0.",
  fail: 1,
  noValue: "not measured",
  queries: [{ expr: total("pushes_lost_total", perRun), legend }],
});

const unexpectedCloses = panel({
  kind: "stat",
  title: "Unexpected closes",
  unit: "short",
  width: 4,
  height,
  shows: "Open connections that ended without our asking.",
  between: "From the run's start to the last scrape.",
  bad: "Anything above 0: the causes are below.",
  fail: 1,
  queries: [{ expr: orZero(total("connections_closed_total", perRun, unexpected)), legend }],
});

const limitsFailing = panel({
  kind: "stat",
  title: "Limits failing",
  unit: "short",
  width: 3,
  height,
  shows: "Limits of the scenario that are missed.",
  between: "From the run's start to the last scrape.",
  bad: "Anything above 0: the run will fail.",
  fail: 1,
  queries: [{ expr: orZero(`sum by (${perRun}) (1 - ${series("run_limit_ok")})`), legend }],
});

const phaseColours: Record<Phase, string> = { prepare: "text", ramp: "blue", hold: "green", storm: "orange", drain: "purple", done: "semi-dark-green" };

const phaseTimeline = panel({
  kind: "state-timeline",
  title: "Phase",
  unit: "none",
  width: 24,
  height,
  shows: "The phase each run is in.",
  between: "From the run's start to 60 s after its end, when its series go away.",
  bad: "A gap: we were not scraped. A ramp far longer than planned: the target accepts slowly.",
  texts: phases.map((phase) => ({ text: phase, color: phaseColours[phase] })),
  queries: [{ expr: phases.map((phase, index) => `${index} * ${total("run_phase", perRun, `phase="${phase}"`)}`).join(" + "), legend }],
});

const openAndPlanned = panel({
  kind: "timeseries",
  title: "Open and planned",
  unit: "short",
  width: 12,
  shows: "Connections by state, and what the scenario asks for.",
  between: "Each point is the state at a scrape.",
  bad: "Open flattens below planned (a limit was reached), drops in a step (mass disconnect) or sinks slowly (leaking connections).",
  queries: [
    { expr: total("connections_planned", perRun), legend: `${legend} planned` },
    { expr: total("connections", `${perRun}, state`), legend: `${legend} {{state}}` },
  ],
});

const openedAndClosed = panel({
  kind: "timeseries",
  title: "Opened, closed and reconnected",
  unit: "cps",
  width: 12,
  shows: "Connects begun, connections opened, opened again and ended, per second.",
  between: "Each point is the mean since the point before.",
  bad: "Attempts above opened: refusals. Closed above 0 outside a storm, churn or the drain: losses.",
  queries: [
    { expr: perSecond("connection_attempts_total", perRun), legend: `${legend} attempted` },
    { expr: perSecond("connections_opened_total", perRun), legend: `${legend} opened` },
    { expr: perSecond("connections_closed_total", perRun), legend: `${legend} closed` },
    { expr: perSecond("reconnects_total", perRun), legend: `${legend} reconnected` },
  ],
});

const failuresByCause = panel({
  kind: "timeseries",
  title: "Failures to open, by cause",
  unit: "cps",
  width: 8,
  stacked: true,
  shows: "Attempts that did not open, by cause and HTTP status, per second.",
  between: "Each point is the mean since the point before.",
  bad: "refused: nothing listens or the backlog is full. no-local-port, no-descriptor: our host's limit, not the target's.",
  queries: [
    {
      expr: onlyThose(perSecond("connect_failures_total", `${perRun}, cause, code`), perSecond("connect_failures_total", perRun)),
      legend: "{{target}} {{cause}} {{code}}",
    },
  ],
});

const closesByCause = panel({
  kind: "timeseries",
  title: "Closes, by cause and code",
  unit: "cps",
  width: 8,
  stacked: true,
  shows: "Open connections that ended, by cause and close code, per second.",
  between: "Each point is the mean since the point before.",
  bad: "Any cause but planned and interrupted. generator-died: ours, and the run is invalid.",
  queries: [
    {
      expr: onlyThose(perSecond("connections_closed_total", `${perRun}, cause, code`), perSecond("connections_closed_total", perRun)),
      legend: "{{target}} {{cause}} {{code}}",
    },
  ],
});

const timeToConnect = panel({
  kind: "timeseries",
  title: "Time to connect, p99",
  unit: "s",
  width: 8,
  shows: "99th percentile of the time to open a connection, by stage; estimated from the histogram, at most 1.41 times too large.",
  between: "tcp: our connect call to TCP established; upgrade: from there to the upgrade's end; total: both.",
  bad: "tcp jumps to 1 s or 3 s: SYNs are dropped and sent again. upgrade rises with connections: the accept loop is starved.",
  queries: [{ expr: quantile(0.99, "connect_duration_seconds", `${perRun}, stage`), legend: "{{target}} {{stage}}" }],
});

export const nowRow: Row = {
  title: "Now",
  panels: [openNow, openOfPlanned, pushesNow, pushP99Now, lostNow, unexpectedCloses, limitsFailing, phaseTimeline],
};

export const connectionsRow: Row = { title: "Connections", panels: [openAndPlanned, openedAndClosed, failuresByCause, closesByCause, timeToConnect] };
