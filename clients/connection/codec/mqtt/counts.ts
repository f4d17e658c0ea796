/** What the codec counts beside connections and messages; the names are the tally's. */
export interface MqttCounts {
  /** CONNACKs that said that the broker had kept the session. */
  mqttSessionsPresent: number;
  /** Subscriptions granted at a lower QoS than was asked for. */
  mqttGrantedBelow: number;
  /** Retained messages, delivered because of the subscription: no pushes. */
  mqttRetained: number;
  /** Messages that came before the subscription was granted: a session's, or overtaking the SUBACK. */
  mqttBeforeGranted: number;
  /** QoS 2 messages that came again before they were released, acknowledged and not delivered twice. */
  mqttRedelivered: number;
  /** PINGREQs sent because the keep-alive wanted one. */
  keepAlivesSent: number;
  /** Messages handed to the socket. */
  publishesSent: number;
  /**
   * Messages that could not be sent: the broker's receive maximum was used up, or its maximum packet size is smaller.
   */
  publishesUnsent: number;
  /** Messages sent at the broker's maximum QoS, which is lower than what was asked for. */
  publishesLowered: number;
  /** Messages sent at QoS 0, which nobody acknowledges. */
  publishesUnconfirmed: number;
  /** QoS 1 and 2: acknowledged to the end, or refused with a reason code. */
  publishesAcknowledged: number;
  publishesRefused: number;
}

export function noMqttCounts(): MqttCounts {
  return {
    mqttSessionsPresent: 0,
    mqttGrantedBelow: 0,
    mqttRetained: 0,
    mqttBeforeGranted: 0,
    mqttRedelivered: 0,
    keepAlivesSent: 0,
    publishesSent: 0,
    publishesUnsent: 0,
    publishesLowered: 0,
    publishesUnconfirmed: 0,
    publishesAcknowledged: 0,
    publishesRefused: 0,
  };
}
