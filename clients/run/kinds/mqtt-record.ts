/** The MQTT block of the report, and notes on what no limit covers. */
import { mqttReasonName } from "../../measure/mqtt-reason.ts";
import type { Tally } from "../../measure/tally.ts";
import type { Reason } from "../../report/model/report.ts";
import type { MqttReport, PublishCounts } from "../../report/model/schema/mqtt-block.ts";

/** `publishQos` null: the connections publish nothing. */
export function mqttReport({ counts, conversation }: Tally, version: 4 | 5, publishQos: number | null): MqttReport {
  const due = counts.publishesDue + publishedDue(conversation);
  return {
    version: version === 5 ? "5" : "3.1.1",
    sessionsPresent: counts.mqttSessionsPresent,
    grantedBelow: counts.mqttGrantedBelow,
    retained: counts.mqttRetained,
    beforeGranted: counts.mqttBeforeGranted,
    redelivered: counts.mqttRedelivered,
    keepAlivesSent: counts.keepAlivesSent,
    publishes: publishQos === null ? null : publishCounts(counts, due, publishQos),
  };
}

/** Messages that groups should have published. */
const publishedDue = (conversation: Tally["conversation"]): number =>
  (conversation?.publishes ?? []).reduce((sum, { counts: { sent, unsent } }) => sum + sent + unsent, 0);

function publishCounts(counts: Tally["counts"], due: number, qos: number): PublishCounts {
  const {
    publishesSent: sent,
    publishesUnsent: heldBack,
    publishesLowered: lowered,
    publishesUnconfirmed: unconfirmed,
  } = counts;
  const { publishesAcknowledged: acknowledged, publishesRefused: refused } = counts;
  const isAcknowledged = qos > 0;
  return {
    qos,
    due,
    sent,
    unsent: due - sent,
    heldBack,
    lowered,
    unconfirmed,
    acknowledged: isAcknowledged ? acknowledged : null,
    refused: isAcknowledged ? refused : null,
    unacknowledged: isAcknowledged ? sent - unconfirmed - acknowledged - refused : null,
  };
}

/**
 * Notes on what no limit covers: refusals by name, QoS below the requested one, messages that were not sent or not
 * acknowledged.
 */
export function mqttRemarks(report: MqttReport, tally: Tally): Reason[] {
  const remarks: Reason[] = [];
  const other = report.version === "5" ? "3.1.1" : "5";
  const add = (code: string, text: string): number => remarks.push({ code, text });
  for (const [key, count] of Object.entries(tally.codes)) {
    const [cause, code] = key.split(":");
    if (cause === "upgrade-rejected" && Number(code) < 256)
      add(
        "mqtt-refused",
        `the broker refused ${count} connections or subscriptions: ${mqttReasonName(Number(code))} (${code})`,
      );
  }
  if ((tally.codes["upgrade-rejected:1"] ?? 0) + (tally.codes["upgrade-rejected:132"] ?? 0) > 0)
    add("mqtt-version", `the broker does not support MQTT ${report.version}; try --mqtt-version ${other}`);
  const { opened, refused } = tally.counts;
  if (opened === 0 && refused > 0 && tally.causes["closed-early"] === refused)
    add(
      "mqtt-version",
      `the broker closed every connection without answering CONNECT, possibly because it does not support MQTT ${report.version}; try --mqtt-version ${other}`,
    );
  if (report.grantedBelow > 0)
    add("mqtt-granted-below", `${report.grantedBelow} subscriptions were granted at a lower QoS than requested`);
  if (report.retained > 0)
    add(
      "mqtt-retained",
      `${report.retained} retained messages came with the subscriptions; they do not count as pushes and are excluded from all figures`,
    );
  return report.publishes === null ? remarks : [...remarks, ...publishRemarks(report.publishes)];
}

function publishRemarks({ unsent, heldBack, lowered, refused, unacknowledged }: PublishCounts): Reason[] {
  const remarks: Reason[] = [];
  const add = (code: string, text: string): number => remarks.push({ code, text });
  if (unsent > 0)
    add(
      "publish-unsent",
      `${unsent} messages that were due were not published (${heldBack} held back by the broker's limits, the others because their connection was not open); receivers count them as lost`,
    );
  if (lowered > 0)
    add(
      "publish-lowered",
      `${lowered} messages were published at the broker's maximum QoS, which is below the requested one`,
    );
  if ((refused ?? 0) > 0) add("publish-refused", `the broker refused ${refused} messages with a reason code`);
  if ((unacknowledged ?? 0) > 0) add("publish-unacknowledged", `${unacknowledged} messages were never acknowledged`);
  return remarks;
}
