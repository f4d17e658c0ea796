/** What a run of MQTT connections adds to its report. */
import { type Static, Type } from "#typebox";
import { count, oneOf, orNull } from "./field.ts";

/**
 * `due = sent + unsent`; `sent = acknowledged + refused + unacknowledged + unconfirmed`, exactly, once the run has
 * ended.
 */
const PublishCounts = Type.Object({
  qos: count("the scenario's; where groups differ, the highest"),
  due: count("messages"),
  sent: count("handed to the socket"),
  unsent: count("due while the connection was not open, or kept back by the broker's limits"),
  heldBack: count("of the unsent, those the broker's receive maximum or maximum packet size kept back"),
  lowered: count("of the sent, those at a lower QoS, the broker's maximum"),
  unconfirmed: count("of the sent, those at QoS 0, which nobody acknowledges"),
  acknowledged: orNull(count("to the end, by PUBACK or PUBCOMP"), "null: QoS 0, where nothing is acknowledged"),
  refused: orNull(count("with a reason code"), "null: QoS 0"),
  unacknowledged: orNull(count("neither"), "null: QoS 0"),
});
export type PublishCounts = Static<typeof PublishCounts>;

/** Counts over the whole run. */
export const MqttReport = Type.Object(
  {
    version: oneOf(["3.1.1", "5"], "of MQTT"),
    sessionsPresent: count("connections whose session the broker had kept"),
    grantedBelow: count("subscriptions granted at a lower QoS than was asked for"),
    retained: count("retained messages the subscriptions brought: no pushes"),
    beforeGranted: count(
      "messages that came before their subscription was granted, acknowledged and in no other figure",
    ),
    redelivered: count("QoS 2 messages that came again before they were released; not delivered twice"),
    keepAlivesSent: count("PINGREQs of the keep-alive"),
    publishes: orNull(PublishCounts, "null: the connections publish nothing"),
  },
  { description: "what connections that speak MQTT add" },
);
export type MqttReport = Static<typeof MqttReport>;
