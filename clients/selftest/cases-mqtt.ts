/** Selftest cases for MQTT: broker faults, as produced by the rehearsal target. */
import { betweenTicks, everything, onTicks, type SelftestCase } from "./case.ts";
import { connectionChecks, equations, eventChecks, exactly, within } from "./check.ts";

const mqtt = (fields: Record<string, unknown> = {}, block: Record<string, unknown> = {}): Record<string, unknown> => ({
  protocol: "mqtt",
  mqtt: block,
  ...fields,
});

const openingFaults: SelftestCase["faults"] = [
  { kind: "mqtt.refuse", every: 20, offset: 0, code: 135 },
  { kind: "mqtt.refuse", every: 20, offset: 1, code: 151 },
  { kind: "upgrade.reject", every: 20, offset: 2, status: 403 },
  { kind: "upgrade.stall", every: 20, offset: 3 },
  { kind: "upgrade.slow", every: 20, offset: 4, msPerByte: 2 },
  { kind: "upgrade.glued", every: 20, offset: 6 },
  { kind: "upgrade.not-http", every: 20, offset: 7 },
  { kind: "upgrade.close-during", every: 20, offset: 8 },
  { kind: "upgrade.close-during", every: 20, offset: 9, ending: "rst" },
];

const violations = ["reserved-bits", "bad-opcode", "masked-frame", "oversized-length"];

const quick = (
  name: string,
  proves: string,
  faults: SelftestCase["faults"],
  scenario: Record<string, unknown>,
): SelftestCase => ({
  name,
  proves,
  isQuick: true,
  faults,
  scenario,
  checks: everything,
});

export const mqttSelftestCases: readonly SelftestCase[] = [
  quick(
    "mqtt-openings",
    "CONNACKs and SUBACKs with error codes, by reason code; late, truncated or missing answers",
    openingFaults,
    mqtt({ connections: 100 }),
  ),
  quick(
    "mqtt-3.1.1",
    "MQTT 3.1.1: lost, duplicated and reordered pushes, closes without DISCONNECT, resets",
    [
      { kind: "mqtt.refuse", every: 25, code: 135 },
      { kind: "push.drop", every: 20, at: onTicks(96) },
      { kind: "push.duplicate", every: 20, offset: 5, at: onTicks(96) },
      { kind: "push.reorder", every: 20, offset: 10, at: onTicks(96) },
      { kind: "life.close", code: 1012, every: 10, at: betweenTicks(2500, 96) },
      { kind: "life.rst", every: 10, offset: 2, at: betweenTicks(2500, 96) },
    ],
    mqtt({}, { version: "3.1.1" }),
  ),
  quick(
    "mqtt-disconnects",
    "DISCONNECTs by reason code: session taken over, quota exceeded, keep alive timeout",
    [142, 151, 141].map((code, offset) => ({
      kind: "life.disconnect",
      code,
      every: 10,
      offset,
      at: betweenTicks(2500),
    })),
    mqtt(),
  ),
  quick(
    "mqtt-protocol-errors",
    "bytes that violate MQTT",
    violations.map((violation, offset) => ({
      kind: "life.protocol-error",
      violation,
      every: 20,
      offset,
      at: betweenTicks(2500),
    })),
    mqtt(),
  ),
  quick(
    "mqtt-framing",
    "packets in pieces of three bytes: nothing is lost",
    [{ kind: "ping.split-bytes", per: "connection", every: 4, offset: 2, bytes: 3 }],
    mqtt(),
  ),
  {
    ...quick(
      "mqtt-keep-alive",
      "a broker that does not answer some connections' PINGREQs: silent, by the keep-alive",
      [{ kind: "ping.ignore", every: 10 }],
      mqtt({}, { keepAlive: "1s", qos: 1 }),
    ),
    // To the target, connections the client gives up appear as closed by the client.
    checks: ({ report, account, events }) => [
      ...equations(report),
      ...eventChecks(report, events),
      exactly("opened", account.opened, report.connections.opened),
      exactly("silent", 10, report.connections.byCause.silent),
      exactly("granted below the requested QoS", 100, report.mqtt?.grantedBelow),
    ],
  },
  {
    ...quick(
      "mqtt-publish",
      "QoS 2 messages to the broker: due, sent and acknowledged",
      [],
      mqtt({ hold: "4s" }, { publish: { topic: "up/{{index}}", every: "500ms", qos: 2 } }),
    ),
    checks: ({ report, account, events }) => [
      ...connectionChecks(report, account),
      ...equations(report),
      ...eventChecks(report, events),
      exactly("sent", report.mqtt?.publishes?.due ?? -1, report.mqtt?.publishes?.sent),
      exactly("acknowledged", report.mqtt?.publishes?.sent ?? -1, report.mqtt?.publishes?.acknowledged ?? undefined),
      exactly("round trips", report.mqtt?.publishes?.sent ?? -1, report.latencyMs.publishAck?.count),
      exactly("due: one every 5 ms from 253.7 ms into the hold", 750, report.mqtt?.publishes?.due),
    ],
  },
  ...[1, 2].map(
    (qos): SelftestCase => ({
      ...quick(
        `mqtt-acknowledgements-qos-${qos}`,
        `QoS ${qos} messages that the broker acknowledges late or never`,
        [
          { kind: "mqtt.ack-drop", every: 10, offset: 3 },
          { kind: "mqtt.ack-delay", every: 10, offset: 4, ms: 30 },
        ],
        mqtt({ hold: "4s" }, { publish: { topic: "up/{{index}}", every: "500ms", qos } }),
      ),
      checks: ({ report, account, events }) => {
        const { sent = -1, acknowledged, unacknowledged } = report.mqtt?.publishes ?? {};
        const { acknowledgementsDropped: dropped, acknowledgementsDelayed: delayed } = account;
        return [
          ...connectionChecks(report, account),
          ...equations(report),
          ...eventChecks(report, events),
          exactly("due: one every 5 ms from 253.7 ms into the hold", 750, report.mqtt?.publishes?.due),
          within("the target dropped those of ten connections", 70, 80, dropped),
          within("the target delayed those of ten connections", 70, 80, delayed),
          exactly("unacknowledged", dropped, unacknowledged),
          exactly("acknowledged", sent - dropped, acknowledged),
          exactly("round trips", sent - dropped, report.latencyMs.publishAck?.count),
        ];
      },
    }),
  ),
];
