/** What MQTT adds: sessions, QoS, messages beside the pushes, and what the connections published. */
import { plural } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import type { PublishCounts } from "../model/schema/mqtt-block.ts";
import { type Block, count, type Equation } from "./block.ts";

export function mqttBlock({ mqtt }: Report): Block | null {
  if (mqtt === undefined) return null;
  const { version, sessionsPresent, grantedBelow, retained, beforeGranted, redelivered, keepAlivesSent, publishes } =
    mqtt;
  return {
    id: "mqtt",
    title: "MQTT",
    ...(publishes === null ? {} : { equations: publishEquations(publishes) }),
    facts: [
      ["version", `${version}; ${plural(keepAlivesSent, "keep-alive ping")} sent`],
      ["sessions", `${count(sessionsPresent)} connections resumed a session kept by the broker`],
      ["QoS", `${count(grantedBelow)} subscriptions granted below the requested QoS`],
      [
        "not counted as pushes",
        `${count(retained)} retained, ${count(beforeGranted)} before their subscription was granted, ${count(redelivered)} redelivered`,
      ],
    ],
  };
}

function publishEquations({
  qos,
  due,
  sent,
  unsent,
  heldBack,
  unconfirmed,
  acknowledged,
  refused,
  unacknowledged,
}: PublishCounts): Equation[] {
  const all: Equation = {
    of: `messages published at QoS ${qos}`,
    what: "due",
    total: due,
    parts: [
      [sent, "sent"],
      [unsent, "unsent"],
    ],
    rest: heldBack > 0 ? ` (${count(heldBack)} held back by the broker's limits)` : "",
  };
  if (acknowledged === null) return [all];
  const parts = [
    [acknowledged, "acknowledged"],
    [refused ?? 0, "refused"],
    [unacknowledged ?? 0, "unacknowledged"],
    ...(unconfirmed > 0 ? [[unconfirmed, "at QoS 0"] as const] : []),
  ] as const;
  return [all, { of: "of those", what: "sent", total: sent, parts }];
}
