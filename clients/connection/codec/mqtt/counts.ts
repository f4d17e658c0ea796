/** Counters of the MQTT codec besides connections and messages; the names are the tally's. */
export interface MqttCounts {
  /** CONNACKs reporting that the broker had kept the session. */
  mqttSessionsPresent: number;
  /** Subscriptions granted at a lower QoS than requested. */
  mqttGrantedBelow: number;
  /** Retained messages delivered because of the subscription; not counted as pushes. */
  mqttRetained: number;
  /** Messages that arrived before the subscription was granted: queued in the session, or overtaking the SUBACK. */
  mqttBeforeGranted: number;
  /** QoS 2 messages redelivered before they were released: acknowledged, but not delivered twice. */
  mqttRedelivered: number;
  /** PINGREQs required by the keep-alive. */
  keepAlivesSent: number;
  /** Messages handed to the socket. */
  publishesSent: number;
  /**
   * Messages that could not be sent: the broker's receive maximum was reached, or its maximum packet size is smaller.
   */
  publishesUnsent: number;
  /** Messages sent at the broker's maximum QoS, which is lower than requested. */
  publishesLowered: number;
  /** Messages sent at QoS 0, which are not acknowledged. */
  publishesUnconfirmed: number;
  /** QoS 1 and 2: fully acknowledged, or refused with a reason code. */
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
