/**
 * What a scenario says about connections that speak MQTT. Texts are templates: `{{index}}` is the connection's number
 * from 0.
 */
import { type Static, Type } from "#typebox";
import { closed, duration, durationWithoutDefault } from "./shared-fields.ts";

const span = (description: string) => Type.Optional(durationWithoutDefault(description, { minimumMs: 0 }));
const count = (maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, description }));
const qos = (description: string) => Type.Integer({ minimum: 0, maximum: 2, default: 0, description });

export type QualityOfService = 0 | 1 | 2;

const Will = closed(
  {
    topic: Type.String({ minLength: 1, description: "topic of the will; {{index}} is the connection's number" }),
    payload: Type.String({
      default: "",
      description: "message that the broker publishes when a connection ends without a DISCONNECT",
    }),
    qos: qos("QoS of the will"),
    retain: Type.Boolean({ default: false, description: "whether the broker retains the will" }),
    delay: span("MQTT 5: delay between the end of the connection and the will; none by default"),
  },
  "message that the broker publishes when a connection ends without a DISCONNECT",
);

const Publish = closed(
  {
    topic: Type.String({ minLength: 1, description: "topic to publish to; {{index}} is the connection's number" }),
    every: duration("interval at which each publishing connection publishes, spread evenly over them", "10s"),
    share: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 1,
      description: "share of the connections that publish",
    }),
    bytes: Type.Integer({
      minimum: 32,
      maximum: 1_048_576,
      default: 100,
      description: "size in bytes of the message, which carries a timestamp and a sequence number",
    }),
    payload: Type.Optional(Type.String({ description: "text to publish instead of a stamped message" })),
    qos: qos("QoS to publish with"),
    retain: Type.Boolean({ default: false, description: "publish as retained messages" }),
    topicAlias: Type.Boolean({ default: false, description: "MQTT 5: send the topic once, then its alias" }),
  },
  "messages that the connections publish",
);

export const Mqtt = closed(
  {
    version: Type.Union([Type.Literal("3.1.1"), Type.Literal("5")], { default: "5", description: "version of MQTT" }),
    clientId: Type.Optional(
      Type.String({
        description: "client id of each connection, e.g. device-{{index}}; by default one that no other run uses",
      }),
    ),
    user: Type.Optional(Type.String({ description: "user name; never printed" })),
    password: Type.Optional(Type.String({ description: "password; never printed" })),
    topics: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'topic filter every connection subscribes to, e.g. "dev/{{index}}"',
      }),
    ),
    qos: qos("QoS to subscribe with"),
    cleanStart: Type.Boolean({ default: true, description: "discard any session that the broker still holds" }),
    sessionExpiry: span(
      "MQTT 5: how long the broker keeps the session after a connection ends; by default 0s with a clean start, else 1h",
    ),
    unsubscribe: Type.Boolean({
      default: false,
      description: "send UNSUBSCRIBE before DISCONNECT, so that a session the broker keeps receives nothing more",
    }),
    keepAlive: duration("keep-alive interval, within which a PINGREQ is sent; 0s turns it off", "60s", {
      minimumMs: 0,
      maximumMs: 65_535_000,
    }),
    receiveMaximum: count(65_535, "MQTT 5: QoS 1 and 2 messages that the broker may have in flight to a connection"),
    maximumPacketSize: count(268_435_460, "MQTT 5: largest packet that the broker may send, in bytes"),
    topicAliases: count(32, "MQTT 5: number of topic aliases that the broker may use"),
    will: Type.Optional(Will),
    publish: Type.Optional(Publish),
  },
  "for protocol mqtt",
);
export type MqttBlock = Static<typeof Mqtt>;
