/** What MQTT adds: sessions, subscriptions, and what the connections published themselves. */
import type { Report } from "../model/report.ts";
import { type Block, count, type Equation } from "./block.ts";

export function mqttBlock({ mqtt }: Report): Block | null {
  if (mqtt === undefined) return null;
  const { version, sessionsPresent, grantedBelow, retained, beforeGranted, redelivered, keepAlivesSent, publishes } = mqtt;
  return {
    id: "mqtt",
    title: "MQTT",
    equations: publishes === null ? [] : publishEquations(publishes),
    facts: [
      ["version", version],
      ["keep-alives sent", count(keepAlivesSent)],
      ["sessions the broker had kept", count(sessionsPresent)],
      ["granted below the QoS asked for", count(grantedBelow)],
      [
        "beside the pushes",
        `${count(retained)} retained, ${count(beforeGranted)} before their subscription was granted, ${count(redelivered)} delivered again`,
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
  acknowledged,
  refused,
  unacknowledged,
}: NonNullable<NonNullable<Report["mqtt"]>["publishes"]>): Equation[] {
  const all: Equation = {
    of: `messages published at QoS ${qos}:`,
    what: "due",
    total: due,
    parts: [
      [sent, "sent"],
      [unsent, "unsent"],
    ],
    rest: heldBack > 0 ? ` (${count(heldBack)} kept back by the broker's limits)` : "",
  };
  if (acknowledged === null || refused === null || unacknowledged === null) return [all];
  const parts: Equation["parts"] = [
    [acknowledged, "acknowledged"],
    [refused, "refused"],
    [unacknowledged, "unacknowledged"],
  ];
  return [all, { of: "messages", what: "sent", total: sent, parts }];
}
