/**
 * For tests: what a broker may and must not send, by conformance statement of the OASIS standard of MQTT 5 (those of
 * 3.1.1 are marked), and what the codec must report.
 */
import {
  after4,
  after5,
  broken,
  disconnect,
  hex,
  type MqttCase,
  message,
  publish4,
  publish5,
  told5,
  v4,
  v5,
} from "./mqtt-bytes.ts";
import { mqttOpenings } from "./mqtt-openings.ts";

const messages: MqttCase[] = [
  after5("MQTT-3.3.4-1", "QoS 0 is not acknowledged", publish5({}), [...told5, message]),
  after5(
    "MQTT-3.3.4-1, MQTT-4.3.2-4, MQTT-2.2.1-5",
    "QoS 1 is acknowledged with PUBACK",
    publish5({ qos: 1, messageId: 258 }),
    [...told5, message, "write 40020102"],
  ),
  after5(
    "MQTT-3.3.4-1, MQTT-4.3.3-8, MQTT-2.2.1-5",
    "QoS 2 is acknowledged with PUBREC",
    publish5({ qos: 2, messageId: 3 }),
    [...told5, message, "write 50020003"],
  ),
  after5(
    "MQTT-4.3.3-10",
    "QoS 2 that comes again is not delivered twice",
    Buffer.concat([publish5({ qos: 2, messageId: 3 }), publish5({ qos: 2, messageId: 3, dup: true })]),
    [...told5, message, "write 5002000350020003"],
  ),
  after5(
    "MQTT-4.3.3-11, MQTT-4.3.3-12",
    "PUBREL is answered with PUBCOMP, and its id is free",
    Buffer.concat([
      publish5({ qos: 2, messageId: 3 }),
      v5({ cmd: "pubrel", messageId: 3 }),
      publish5({ qos: 2, messageId: 3 }),
    ]),
    [...told5, message, message, "write 500200037002000350020003"],
  ),
  after5("MQTT-4.3.3-11", "PUBREL of nothing we know is answered too", v5({ cmd: "pubrel", messageId: 9 }), [
    ...told5,
    "write 7003000992",
  ]),
  after4("3.1.1: MQTT-4.3.3-2", "PUBREL of nothing we know, 3.1.1", v4({ cmd: "pubrel", messageId: 9 }), [
    "write 70020009",
  ]),
  after5(
    "MQTT-4.6.0-2, MQTT-4.6.0-3",
    "acknowledgements in the order of the messages",
    Buffer.concat([
      publish5({ qos: 1, messageId: 1 }),
      publish5({ qos: 2, messageId: 2 }),
      publish5({ qos: 1, messageId: 3 }),
    ]),
    [...told5, message, message, message, "write 400200015002000240020003"],
  ),
  after5("3.3.1.3", "a retained message is no push", publish5({ retain: true }), told5),
  after5("MQTT-3.3.1-4", "QoS 3", hex("36 07 00 01 61 00 01 00 61"), broken("bad-qos")),
  after5("MQTT-3.3.1-2", "DUP at QoS 0", hex("38 05 00 01 61 00 61"), broken("bad-qos")),
  after5("MQTT-2.2.1-4", "packet id 0", hex("32 07 00 01 61 00 00 00 61"), broken("packet-id", "82")),
  after5("MQTT-3.3.2-2, MQTT-4.7.0-1", "a wildcard in a topic", hex("30 05 00 01 23 00 61"), broken("bad-topic")),
  after5("MQTT-1.5.4-1, MQTT-3.3.2-1", "a topic that is not UTF-8", hex("30 05 00 01 ff 00 61"), broken("bad-topic")),
  after5("MQTT-1.5.4-2, MQTT-4.7.3-2", "a topic with U+0000", hex("30 05 00 01 00 00 61"), broken("bad-topic")),
  after5("MQTT-4.7.3-1", "no topic and no alias", hex("30 04 00 00 00 61"), broken("topic-alias", "94")),
  after4("3.1.1: MQTT-4.7.3-1", "no topic, 3.1.1", hex("30 03 00 00 61"), ["violation bad-topic"]),
  after5(
    "MQTT-3.1.2-27",
    "an alias although none was allowed",
    publish5({ properties: { topicAlias: 1 } }),
    broken("topic-alias", "94"),
  ),
  after5(
    "MQTT-3.3.2-10",
    "aliases that are told and then used",
    Buffer.concat([
      publish5({ properties: { topicAlias: 2 } }),
      publish5({ topic: "", properties: { topicAlias: 2 } }),
    ]),
    [...told5, message, message],
    { topicAliases: 2 },
  ),
  after5(
    "MQTT-3.1.2-26, MQTT-3.3.2-11",
    "an alias above the maximum",
    publish5({ properties: { topicAlias: 3 } }),
    broken("topic-alias", "94"),
    { topicAliases: 2 },
  ),
  after5(
    "3.3.2.3.4",
    "an alias that was not told",
    publish5({ topic: "", properties: { topicAlias: 1 } }),
    broken("topic-alias", "94"),
    { topicAliases: 2 },
  ),
  after5("MQTT-3.3.2-8", "alias 0", hex("30 08 00 01 61 03 23 00 00 61"), broken("bad-property"), { topicAliases: 2 }),
  after5(
    "MQTT-3.3.4-9",
    "more QoS 2 messages than our receive maximum",
    Buffer.concat([publish5({ qos: 2, messageId: 1 }), publish5({ qos: 2, messageId: 2 })]),
    [...told5, message, "write 50020001", disconnect("93"), "violation receive-maximum"],
    { receiveMaximum: 1 },
  ),
  after5(
    "MQTT-3.1.2-24",
    "a packet longer than our maximum",
    publish5({ payload: "x".repeat(40) }),
    broken("message-too-large", "95"),
    {
      maximumPacketBytes: 40,
    },
  ),
  after5(
    "3.3.2.3",
    "all that a PUBLISH may carry",
    publish5({
      properties: {
        payloadFormatIndicator: true,
        messageExpiryInterval: 9,
        responseTopic: "r",
        correlationData: Buffer.from("c"),
        userProperties: { a: ["1", "2"] },
        subscriptionIdentifier: [1, 300],
        contentType: "text/plain",
      },
    }),
    [...told5, message],
  ),
  after5(
    "MQTT-2.2.2-2",
    "a payload format that is neither 0 nor 1",
    hex("30 07 00 01 61 02 01 02 61"),
    broken("bad-property"),
  ),
  after5("1.5.5", "a length that needs a fifth byte", hex("30 80 80 80 80 01"), broken("bad-length")),
  after5("MQTT-2.1.3-1", "reserved flags of a PUBACK", hex("41 02 00 01"), broken("reserved-bits")),
  after5("MQTT-3.6.1-1", "reserved flags of a PUBREL", hex("60 02 00 01"), broken("reserved-bits")),
];

const others: MqttCase[] = [
  after5("4.3.2", "a PUBACK of what we never sent", v5({ cmd: "puback", messageId: 1 }), broken("packet-id", "82")),
  after5("3.12", "a PINGRESP nobody asked for", hex("d0 00"), told5),
  after5("3.13", "a PINGRESP with a body", hex("d0 01 00"), broken("malformed-packet")),
  after5("MQTT-3.1.4-3, MQTT-4.13.2-1", "the session was taken over", v5({ cmd: "disconnect", reasonCode: 0x8e }), [
    ...told5,
    "closed 142",
  ]),
  after5("3.14.2", "a DISCONNECT without a code", hex("e0 00"), [...told5, "closed 0"]),
  after5(
    "MQTT-3.14.2-2",
    "a session expiry in the broker's DISCONNECT",
    hex("e0 07 00 05 11 00 00 00 01"),
    broken("bad-property"),
  ),
  after4("3.1.1: 3.14", "a DISCONNECT from a broker of 3.1.1", hex("e0 00"), ["violation unexpected-packet"]),
  after4(
    "3.1.1: MQTT-4.8.0-1",
    "what is malformed in 3.1.1 ends the connection without a word",
    hex("36 07 00 01 61 00 01 61 61"),
    ["violation bad-qos"],
  ),
  after4("3.1.1: MQTT-4.3.2-2", "QoS 1, 3.1.1", publish4({ qos: 1, messageId: 5 }), [message, "write 40020005"]),
  after5("MQTT-3.10.4-4", "an UNSUBACK for who unsubscribed", hex("b0 04 ff ff 00 00"), told5, { unsubscribes: true }),
  ...[
    ["CONNECT", "10 00"],
    ["SUBSCRIBE", "82 00"],
    ["UNSUBSCRIBE", "a2 00"],
    ["PINGREQ", "c0 00"],
    ["AUTH", "f0 00"],
    ["UNSUBACK", "b0 03 00 01 00"],
    ["type 0", "00 00"],
  ].map(([name = "", bytes = ""]) => {
    // SUBSCRIBE and UNSUBSCRIBE have flags that a broker's packets never have.
    const isFlagged = name.includes("SUBSCRIBE");
    return after5(
      "4.13.1",
      `${name} from a broker`,
      hex(bytes),
      isFlagged ? broken("reserved-bits") : broken("unexpected-packet", "82"),
    );
  }),
];

export const mqttCases: readonly MqttCase[] = [...mqttOpenings, ...messages, ...others];

/** A correct broker that uses everything it may, as input for corruption tests. */
export const honestBroker = Buffer.concat([
  publish5({}),
  publish5({ qos: 1, messageId: 7, payload: "x".repeat(200) }),
  publish5({ qos: 2, messageId: 8, properties: { contentType: "a" } }),
  v5({ cmd: "pubrel", messageId: 8 }),
  hex("d0 00"),
]);
