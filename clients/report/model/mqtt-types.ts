/** The fields of report.json that MQTT adds. */
import { type Static, Type } from "typebox";
import { count, oneOf, orNull } from "./field.ts";

const PublishCounts = Type.Object(
  {
    qos: count("quality of service"),
    due: count("messages"),
    sent: count("of the due"),
    unsent: count("not sent: the connection was not open, or the broker's limits did not allow it"),
    heldBack: count("of the unsent, those the broker's receive maximum or maximum packet size kept back"),
    lowered: count("of the sent, those at a lower QoS, the broker's maximum"),
    acknowledged: orNull(count("of the sent"), "null: at QoS 0 nothing is acknowledged"),
    refused: orNull(count("of the sent"), "null: at QoS 0"),
    unacknowledged: orNull(count("of the sent"), "null: at QoS 0"),
  },
  { description: "due = sent + unsent; at QoS 1 and 2 sent = acknowledged + refused + unacknowledged once the run has ended" },
);
export type PublishCounts = Static<typeof PublishCounts>;

export const MqttReport = Type.Object(
  {
    version: oneOf(["3.1.1", "5"], "of the protocol"),
    sessionsPresent: count("connections whose session the broker had kept"),
    grantedBelow: count("subscriptions granted at a lower QoS than was asked for"),
    retained: count("retained messages the subscriptions brought: no pushes"),
    beforeGranted: count("messages that came before their subscription was granted, acknowledged and in no other figure"),
    redelivered: count("QoS 2 messages that came again before they were released; not delivered twice"),
    keepAlivesSent: count("PINGREQ"),
    publishes: orNull(PublishCounts, "null: the connections publish nothing"),
  },
  { description: "counts over the whole run" },
);
export type MqttReport = Static<typeof MqttReport>;
