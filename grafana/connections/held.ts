/** A row of the connections dashboard: do the connections open, and do they hold. */
import { causeColours } from "../cause-colours.ts";
import type { Row } from "../dashboard.ts";
import { panel } from "../panel.ts";
import { onlyThose, perRun, perSecond, quantile, total } from "../query.ts";
import { stateColours } from "./now.ts";

const legend = "{{target}}";

const openAndPlanned = panel({
  kind: "timeseries",
  title: "Connections, by state",
  unit: "short",
  width: 12,
  colours: stateColours,
  shows: "Connections by state, and the planned number.",
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
  shows: "Connects started, and connections opened, reconnected and closed, per second.",
  between: "Each point is the mean since the previous point.",
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
  width: 12,
  colours: causeColours,
  stacked: true,
  shows: "Attempts that did not open, by cause and HTTP status, per second.",
  between: "Each point is the mean since the previous point.",
  bad: "refused: nothing is listening, or the backlog is full. no-local-port, no-descriptor: a limit of the generator's host, not of the target.",
  queries: [
    {
      expr: onlyThose(
        perSecond("connect_failures_total", `${perRun}, cause, code`),
        perSecond("connect_failures_total", perRun),
      ),
      legend: "{{target}} {{cause}} {{code}}",
    },
  ],
});

const timeToConnect = panel({
  kind: "timeseries",
  title: "Time to connect, p99",
  unit: "s",
  width: 12,
  shows:
    "99th percentile of the time to open a connection, by stage; estimated from the histogram, at most 1.41 times too large.",
  between: "tcp: from the connect call to TCP established; upgrade: from there to the end of the upgrade; total: both.",
  bad: "tcp jumps to 1 s or 3 s: SYNs are dropped and retransmitted. upgrade rises with connections: the accept loop is starved.",
  queries: [{ expr: quantile(0.99, "connect_duration_seconds", `${perRun}, stage`), legend: "{{target}} {{stage}}" }],
});

export const connectionsRow: Row = {
  title: "Connections",
  panels: [openAndPlanned, openedAndClosed, failuresByCause, timeToConnect],
};
