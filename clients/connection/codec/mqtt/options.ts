/**
 * What the connections of an MQTT run say and ask for. Texts are templates: `{{index}}` and the like are filled for
 * each connection.
 */

export type QualityOfService = 0 | 1 | 2;

/** What the broker publishes for a connection that ends without a DISCONNECT. */
export interface MqttWill {
  topic: string;
  payload: string;
  qos: QualityOfService;
  retain: boolean;
  /** MQTT 5 only. */
  delaySeconds: number;
}

/** How application messages go out ({@link Engine.send}). */
export interface MqttPublishing {
  topic: string;
  qos: QualityOfService;
  retain: boolean;
  /** MQTT 5: send the topic once and its alias from then on, where the broker takes aliases. */
  useTopicAlias: boolean;
}

/** Where one message goes, and how; the same object may be used for all. */
export interface Destination {
  topic: string;
  qos: QualityOfService;
}

export interface MqttOptions {
  /** The protocol level of CONNECT: 4 is MQTT 3.1.1, 5 is MQTT 5. */
  version: 4 | 5;
  clientId: string;
  user: string | null;
  password: string | null;
  /**
   * Topic filters every connection subscribes to, but for those with filters of their own ({@link Greetings.topics});
   * none: it only connects.
   */
  topics: string[];
  qos: QualityOfService;
  cleanStart: boolean;
  /** MQTT 5; 4294967295 never expires. With 3.1.1 a session that is not clean never expires. */
  sessionExpirySeconds: number;
  /** Whether an UNSUBSCRIBE goes out before our DISCONNECT. */
  unsubscribes: boolean;
  /** 0: no keep-alive. */
  keepAliveSeconds: number;
  will: MqttWill | null;
  /** MQTT 5: how many QoS 1 and 2 messages may be unacknowledged to us. */
  receiveMaximum: number;
  /** MQTT 5: the longest packet we take, told to the broker; null tells it none. */
  maximumPacketBytes: number | null;
  /** MQTT 5: topic aliases the broker may use towards us, at most 32: as many as a column has bits. */
  topicAliases: number;
  /** Null: nothing is published. */
  publishing: MqttPublishing | null;
}

/** Compiles a template: gives its text for each slot. Where values come from is not the codec's business. */
export type CompileText = (template: string) => (slot: number) => string;

/** Every template is its own text: for tests, and where nothing varies. */
export const literalTexts: CompileText = (template) => () => template;

/** Whether the keep-alive is so short that deadlines must be looked at more often than a resting shard does. */
export const isHurried = (options: MqttOptions | undefined): boolean =>
  options !== undefined && options.keepAliveSeconds > 0 && options.keepAliveSeconds < 4;
