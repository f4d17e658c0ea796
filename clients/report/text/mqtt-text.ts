/** The MQTT block of the text report. */
import { formatFigure, plural } from "../model/format.ts";
import type { PublishCounts } from "../model/mqtt-block.ts";
import type { Report } from "../model/report.ts";
import type { TextBlock } from "./text.ts";

const count = (value: unknown) => formatFigure(value, "count");

export function mqttText({ mqtt }: Report): TextBlock | null {
  if (mqtt === undefined) return null;
  const { version, sessionsPresent, grantedBelow, retained, beforeGranted, redelivered, keepAlivesSent, publishes } = mqtt;
  return {
    title: "MQTT",
    lines: [
      `version ${version}; ${plural(keepAlivesSent, "keep-alive")} sent; session kept by the broker: ${count(sessionsPresent)}; granted below the QoS asked for: ${count(grantedBelow)}`,
      `beside the pushes: ${count(retained)} retained, ${count(beforeGranted)} before their subscription was granted, ${count(redelivered)} delivered again`,
      ...(publishes === null ? [] : publishLines(publishes)),
    ],
  };
}

function publishLines({ qos, due, sent, unsent, heldBack, acknowledged, refused, unacknowledged }: PublishCounts): string[] {
  const first = `published at QoS ${qos}: ${count(due)} due = ${count(sent)} sent + ${count(unsent)} unsent (${count(heldBack)} kept back by the broker's limits)`;
  if (acknowledged === null) return [first];
  return [first, `of the sent: ${count(acknowledged)} acknowledged + ${count(refused)} refused + ${count(unacknowledged)} unacknowledged`];
}
