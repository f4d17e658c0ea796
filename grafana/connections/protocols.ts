/** Rows of what not every run has: TLS, and messages that MQTT clients publish. Empty where there is neither. */
import type { Row } from "../dashboard.ts";
import { panel } from "../panel.ts";
import { perRun, perSecond, quantile } from "../query.ts";

const legend = "{{target}}";
const since = "Each point is the mean since the previous point.";

const handshakes = panel({
  kind: "timeseries",
  title: "Handshakes, by negotiated parameters",
  unit: "cps",
  width: 12,
  shows: "Handshakes per second, by TLS version, by full or resumed, and by whether messages are compressed.",
  between: since,
  bad: "An old version: the target does not support a newer one. Only full handshakes in a storm with resumable sessions: the target does not accept its tickets.",
  queries: [
    {
      expr: perSecond("handshakes_agreed_total", `${perRun}, value`, ['what=~"tls-version|tls-handshake|compression"']),
      legend: `${legend} {{value}}`,
    },
  ],
});

const handshakeTime = panel({
  kind: "timeseries",
  title: "TLS handshake, time",
  unit: "s",
  width: 12,
  shows: "Time of the TLS handshake alone, after TCP and before the upgrade: p50 and p99.",
  between: since,
  bad: "Rising during the ramp: the target spends its CPU on handshakes. Ramp more slowly, or resume sessions.",
  queries: [
    { expr: quantile(0.5, "connect_duration_seconds", perRun, 'stage="tls"'), legend: `${legend} p50` },
    { expr: quantile(0.99, "connect_duration_seconds", perRun, 'stage="tls"'), legend: `${legend} p99` },
  ],
});

export const tlsRow: Row = { title: "TLS and compression", panels: [handshakes, handshakeTime] };

const publishes = panel({
  kind: "timeseries",
  title: "MQTT publishes",
  unit: "cps",
  width: 12,
  shows: "Messages that clients were due to publish, by outcome, per second.",
  between: since,
  bad: "Unsent above 0: clients were not connected. Refused above 0: the broker rejects messages. Acknowledged below sent at QoS 1 or 2: it is falling behind.",
  queries: [{ expr: perSecond("mqtt_publishes_total", `${perRun}, state`), legend: `${legend} {{state}}` }],
});

const acknowledgements = panel({
  kind: "timeseries",
  title: "MQTT acknowledgements, time",
  unit: "s",
  width: 12,
  shows: "From the generator's write of a QoS 1 or 2 message to the kernel's receive stamp of its PUBACK or PUBCOMP.",
  between: since,
  bad: "Rising with the load: the broker is queueing, or waiting for its disk.",
  queries: [
    { expr: quantile(0.5, "mqtt_publish_duration_seconds", perRun), legend: `${legend} p50` },
    { expr: quantile(0.99, "mqtt_publish_duration_seconds", perRun), legend: `${legend} p99` },
  ],
});

export const mqttRow: Row = { title: "MQTT", panels: [publishes, acknowledgements] };
