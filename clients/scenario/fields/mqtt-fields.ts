/**
 * What a scenario says about connections that speak MQTT. Texts are templates: `{{index}}` is the connection's number
 * from 0.
 */
import { type Static, Type } from "typebox";
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
      description: "what the broker publishes for a connection that ends without a DISCONNECT",
    }),
    qos: qos("QoS of the will"),
    retain: Type.Boolean({ default: false, description: "the broker retains the will" }),
    delay: span("MQTT 5: how long after the end the broker publishes it; at once when left out"),
  },
  "what the broker publishes for a connection that ends without a DISCONNECT",
);

const Publish = closed(
  {
    topic: Type.String({ minLength: 1, description: "topic to publish to; {{index}} is the connection's number" }),
    every: duration("each publishing connection publishes once in this time, spread evenly over them", "10s"),
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
      description: "size of the message, which carries our stamp and number",
    }),
    payload: Type.Optional(Type.String({ description: "text to publish instead of a stamped message" })),
    qos: qos("QoS to publish with"),
    retain: Type.Boolean({ default: false, description: "publish as retained messages" }),
    topicAlias: Type.Boolean({ default: false, description: "MQTT 5: send the topic once, then its alias" }),
  },
  "messages the connections publish themselves",
);

export const Mqtt = closed(
  {
    version: Type.Union([Type.Literal("3.1.1"), Type.Literal("5")], { default: "5", description: "version of MQTT" }),
    clientId: Type.Optional(
      Type.String({
        description: "client id of each connection, e.g. device-{{index}}; one that no other run uses when left out",
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
    cleanStart: Type.Boolean({ default: true, description: "begin without the session the broker may hold" }),
    sessionExpiry: span(
      "MQTT 5: how long the broker keeps the session of a connection that ended; 0s with a clean start, else 1h, when left out",
    ),
    unsubscribe: Type.Boolean({
      default: false,
      description: "send an UNSUBSCRIBE before the DISCONNECT, so that a session that is kept hears nothing more",
    }),
    keepAlive: duration("a PINGREQ goes out before this long without one; 0s: no keep-alive", "60s", {
      minimumMs: 0,
      maximumMs: 65_535_000,
    }),
    receiveMaximum: count(65_535, "MQTT 5: QoS 1 and 2 messages the broker may have unacknowledged to a connection"),
    maximumPacketSize: count(268_435_460, "MQTT 5: longest packet the broker may send, bytes"),
    topicAliases: count(32, "MQTT 5: topic aliases the broker may use"),
    will: Type.Optional(Will),
    publish: Type.Optional(Publish),
  },
  "for protocol mqtt",
);
export type MqttBlock = Static<typeof Mqtt>;
