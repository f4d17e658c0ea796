/** What a run of MQTT connections adds to its report. */
import { type Static, Type } from "#typebox";
import { count, oneOf, orNull } from "./field.ts";

/**
 * `due = sent + unsent`; `sent = acknowledged + refused + unacknowledged + unconfirmed`, exactly, once the run has
 * ended.
 */
const PublishCounts = Type.Object({
  qos: count("as in the scenario; if groups differ, the highest"),
  due: count("messages"),
  sent: count("handed to the socket"),
  unsent: count("due while the connection was not open, or held back by the broker's limits"),
  heldBack: count("of the unsent, those held back by the broker's receive maximum or maximum packet size"),
  lowered: count("of the sent, those at a lower QoS, the broker's maximum"),
  unconfirmed: count("of the sent, those at QoS 0, which are not acknowledged"),
  acknowledged: orNull(count("completely, by PUBACK or PUBCOMP"), "null: QoS 0, where nothing is acknowledged"),
  refused: orNull(count("with a reason code"), "null: QoS 0"),
  unacknowledged: orNull(count("neither"), "null: QoS 0"),
});
export type PublishCounts = Static<typeof PublishCounts>;

/** Counts over the whole run. */
export const MqttReport = Type.Object(
  {
    version: oneOf(["3.1.1", "5"], "of MQTT"),
    sessionsPresent: count("connections whose session was kept by the broker"),
    grantedBelow: count("subscriptions granted at a lower QoS than requested"),
    retained: count("retained messages received on subscribing; not counted as pushes"),
    beforeGranted: count(
      "messages received before their subscription was granted; acknowledged, but excluded from every other figure",
    ),
    redelivered: count("QoS 2 messages received again before they were released; counted once"),
    keepAlivesSent: count("PINGREQs of the keep-alive"),
    publishes: orNull(PublishCounts, "null: the connections publish nothing"),
  },
  { description: "figures specific to MQTT" },
);
export type MqttReport = Static<typeof MqttReport>;
