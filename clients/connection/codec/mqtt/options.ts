/**
 * Options of the connections of an MQTT run. Texts are templates: `{{index}}` and the like are filled in for each
 * connection.
 */

export type QualityOfService = 0 | 1 | 2;

/** Published by the broker when the connection ends without a DISCONNECT. */
export interface MqttWill {
  topic: string;
  payload: string;
  qos: QualityOfService;
  retain: boolean;
  /** MQTT 5 only. */
  delaySeconds: number;
}

/** How application messages are published ({@link Engine.send}). */
export interface MqttPublishing {
  topic: string;
  qos: QualityOfService;
  retain: boolean;
  /** MQTT 5: send the topic once and its alias afterwards, where the broker accepts aliases. */
  useTopicAlias: boolean;
}

/** Topic and QoS of one message; the same object may be reused for all. */
export interface Destination {
  topic: string;
  qos: QualityOfService;
}

export interface MqttOptions {
  /** Protocol level sent in CONNECT: 4 is MQTT 3.1.1, 5 is MQTT 5. */
  version: 4 | 5;
  clientId: string;
  user: string | null;
  password: string | null;
  /**
   * Topic filters that connections subscribe to unless they have their own ({@link Greetings.topics}); empty: they only
   * connect.
   */
  topics: string[];
  qos: QualityOfService;
  cleanStart: boolean;
  /** MQTT 5; 4294967295 never expires. With 3.1.1 a session that is not clean never expires. */
  sessionExpirySeconds: number;
  /** Whether to send an UNSUBSCRIBE before DISCONNECT. */
  unsubscribes: boolean;
  /** 0: no keep-alive. */
  keepAliveSeconds: number;
  will: MqttWill | null;
  /** MQTT 5: most unacknowledged QoS 1 and 2 messages the broker may send. */
  receiveMaximum: number;
  /** MQTT 5: largest packet accepted, bytes, announced to the broker; null: not announced. */
  maximumPacketBytes: number | null;
  /** MQTT 5: topic aliases the broker may use, at most 32, the bits of a column. */
  topicAliases: number;
  /** Null: nothing is published. */
  publishing: MqttPublishing | null;
}

/**
 * Compiles a template into a function that gives its text for a slot. The codec does not know where values come from.
 */
export type CompileText = (template: string) => (slot: number) => string;

/** Uses every template as literal text: for tests, and where nothing varies. */
export const literalTexts: CompileText = (template) => () => template;

/** Whether the keep-alive is so short that deadlines must be checked more often than a resting shard does. */
export const isHurried = (options: MqttOptions | undefined): boolean =>
  options !== undefined && options.keepAliveSeconds > 0 && options.keepAliveSeconds < 4;
