/** First row of the connections dashboard: is it alive, and can it be trusted. */
import { type Phase, phases } from "../../clients/measure/phase.ts";
import { causeColours } from "../cause-colours.ts";
import type { Row } from "../dashboard.ts";
import { panel } from "../panel.ts";
import {
  exactQuantile,
  firingAlerts,
  onlyThose,
  orZero,
  perRun,
  perSecond,
  quantile,
  ratio,
  series,
  total,
  unexpected,
} from "../query.ts";
import { latencyHeatmap } from "./pushes.ts";

const legend = "{{target}}";
const height = 4;
/** Nobody has to read a share in the ramp or the drain as good or bad. */
const inHold = `and on (${perRun}) (${total("run_phase", perRun, 'phase=~"hold|storm"')} > 0)`;
const open = total("connections", perRun, 'state="open"');

/**
 * Pushes that carry no stamp are not known as such before the first came: until one with a stamp did, or is missed,
 * there is no figure.
 */
const whereMeasured = `and on (${perRun}) ${total("pushes_due_total", perRun)} > 0`;

export const stateColours = { open: { color: "green" }, planned: { color: "#9A9A9A", dashed: true } };
const distrust = [
  `${quantile(0.99, "generator_gap_seconds", perRun)} > 0.1`,
  `max by (${perRun}) (${series("generator_loop_delay_seconds")}) > 1`,
  `${total("connections_closed_total", perRun, 'cause="generator-died"')} > 0`,
  `max by (${perRun}) (${series("run_verdict", 'verdict="invalid"')}) > 0`,
  `max by (${perRun}) (${ratio(series("generator_open_fds"), series("generator_max_fds"))}) > 0.98`,
].join(" or ");

const openNow = panel({
  kind: "stat",
  title: "Open",
  unit: "short",
  width: 4,
  neutral: true,
  height,
  shows: "Connections open now.",
  between: "At the last scrape.",
  bad: "Below the planned number during the hold: check the closes by cause below.",
  queries: [{ expr: open, legend }],
});

const openOfPlanned = panel({
  kind: "stat",
  title: "Open of planned",
  unit: "percentunit",
  width: 4,
  wanted: { orange: 0.95, green: 0.999 },
  noValue: "no hold in range",
  height,
  shows: "Open connections as a share of the planned ones.",
  between: "At the last scrape in the hold or the storm; no value before them.",
  bad: "Red below 95 %, green from 99.9 %: connections were refused or lost.",
  queries: [{ expr: `${ratio(open, total("connections_planned", perRun))} ${inHold}`, legend }],
});

const pushesNow = panel({
  kind: "stat",
  title: "Pushes per second",
  unit: "cps",
  neutral: true,
  width: 4,
  height,
  shows: "Due pushes that arrived.",
  between: "Mean of the last 5 s.",
  bad: "Less than open connections divided by the push interval: the target does not keep up. Empty: the target's pushes carry no timestamp.",
  noValue: "not measured",
  queries: [{ expr: `${perSecond("pushes_received_total", perRun, [], "5s")} ${whereMeasured}`, legend }],
});

const pushP99Now = panel({
  kind: "stat",
  title: "Push latency p99",
  unit: "s",
  neutral: true,
  width: 4,
  height,
  shows: "Exact 99th percentile of push latency, all shards merged.",
  between:
    "From the tick at which a push was due to the kernel's receive stamp, over the last window that had pushes; after the run, over the whole run.",
  bad: "It rises while connections stay the same: a queue is growing in the target.",
  noValue: "not measured",
  queries: [{ expr: `${exactQuantile("0.99", "last")} or ${exactQuantile("0.99", "run")}`, legend }],
});

const lostNow = panel({
  kind: "stat",
  title: "Pushes lost",
  unit: "short",
  width: 4,
  height,
  shows: "Due pushes that did not arrive.",
  between: "From the run's start to the last scrape.",
  bad: "Anything above 0.",
  fail: 1,
  noValue: "not measured",
  queries: [{ expr: `${total("pushes_lost_total", perRun)} ${whereMeasured}`, legend }],
});

const unexpectedCloses = panel({
  kind: "stat",
  title: "Unexpected closes",
  unit: "short",
  width: 4,
  height,
  shows: "Connections that were closed unexpectedly.",
  between: "From the run's start to the last scrape.",
  bad: "Anything above 0: the causes are below.",
  fail: 1,
  queries: [{ expr: orZero(total("connections_closed_total", perRun, unexpected)), legend }],
});

const limitsFailing = panel({
  kind: "stat",
  title: "Limits failing",
  unit: "short",
  width: 4,
  height,
  shows: "Limits of the scenario that are missed.",
  between: "From the run's start to the last scrape.",
  bad: "Anything above 0: the run will fail.",
  fail: 1,
  queries: [{ expr: orZero(`sum by (${perRun}) (1 - ${series("run_limit_ok")})`), legend }],
});

const generatorTrusted = panel({
  kind: "stat",
  title: "Generator trusted",
  unit: "none",
  width: 4,
  height,
  wanted: { orange: 1, green: 1 },
  texts: [
    { text: "no", color: "red" },
    { text: "yes", color: "green" },
  ],
  noValue: "not measured",
  shows: "Whether the generator can be trusted, by the rule of the alert HoldfastGeneratorNotTrustworthy.",
  between: "At the last scrape; stays no after a verdict of invalid.",
  bad: "no: the generator read late, or a shard died or ran out of descriptors. Check the row Trust before blaming the target.",
  queries: [
    {
      expr: `0 * (${distrust}) or 0 * (${total("generator_loop_delay_seconds", perRun)} or ${total("run_verdict", perRun)}) + 1`,
      legend,
    },
  ],
});

const alertsFired = panel({
  kind: "stat",
  title: "Alerts fired",
  unit: "none",
  width: 4,
  height,
  fail: 1,
  texts: [{ text: "none", color: "green" }],
  noValue: "not measured",
  shows: "Alerts that are firing, or fired within the time range, by name.",
  between: "Within the time range; red marks in the charts show when.",
  bad: "A name: its description says which panel to check.",
  queries: [
    {
      expr: `count by (${perRun}, alertname) (${firingAlerts}) or 0 * ${total("run_info", perRun)}`,
      legend: "{{target}} {{alertname}}",
    },
  ],
});

const openOverPlanned = panel({
  kind: "timeseries",
  title: "Open and planned",
  unit: "short",
  width: 12,
  height: 3 * height,
  colours: { ...stateColours, failures: { color: "red" }, pushes: { color: "light-blue" } },
  shows:
    "Open and planned connections, and on the right axis failures to open, unexpected closes and pushes per second.",
  between: "Open and planned: at each scrape. The others: the mean since the previous point.",
  bad: "Open flattens below planned (a limit was reached), drops in a step (mass disconnect) or sinks slowly (leaking connections).",
  queries: [
    { expr: total("connections_planned", perRun), legend: `${legend} planned` },
    { expr: open, legend: `${legend} open` },
    {
      expr: `${perSecond("connect_failures_total", perRun)} + ${perSecond("connections_closed_total", perRun, [unexpected])}`,
      legend: `${legend} failures`,
      rightUnit: "cps",
    },
    { expr: perSecond("pushes_received_total", perRun), legend: `${legend} pushes`, rightUnit: "cps" },
  ],
});

const phaseColours: Record<Phase, string> = {
  prepare: "text",
  ramp: "blue",
  hold: "green",
  storm: "orange",
  drain: "purple",
  done: "semi-dark-green",
};

const phaseTimeline = panel({
  kind: "state-timeline",
  title: "Phase",
  unit: "none",
  width: 24,
  height: 4,
  shows: "The phase each run is in.",
  between: "From the run's start to 60 s after its end, when its series disappear.",
  bad: "A gap: Holdfast was not scraped. A ramp far longer than planned: the target accepts slowly.",
  texts: phases.map((phase) => ({ text: phase, color: phaseColours[phase] })),
  queries: [
    {
      expr: phases.map((phase, index) => `${index} * ${total("run_phase", perRun, `phase="${phase}"`)}`).join(" + "),
      legend,
    },
  ],
});

const closesByCause = panel({
  kind: "timeseries",
  title: "Closes, by cause and code",
  unit: "cps",
  width: 12,
  height: 7,
  colours: causeColours,
  stacked: true,
  shows: "Connections closed, by cause and close code, per second.",
  between: "Each point is the mean since the previous point.",
  bad: "Any cause other than planned and interrupted. generator-died: the generator failed, and the run is invalid.",
  queries: [
    {
      expr: onlyThose(
        perSecond("connections_closed_total", `${perRun}, cause, code`),
        perSecond("connections_closed_total", perRun),
      ),
      legend: "{{target}} {{cause}} {{code}}",
    },
  ],
});

export const nowRow: Row = {
  title: "Now",
  wide: openOverPlanned,
  panels: [
    openNow,
    openOfPlanned,
    generatorTrusted,
    pushesNow,
    pushP99Now,
    lostNow,
    unexpectedCloses,
    limitsFailing,
    alertsFired,
    latencyHeatmap,
    closesByCause,
    phaseTimeline,
  ],
};
