import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Packet, parser } from "mqtt-packet";
import { plainOptions } from "../../testing/mqtt-bytes.ts";
import { type CompileText, literalTexts, type MqttOptions } from "./options.ts";
import { RequestPackets } from "./requests.ts";

/** Every template is filled with the slot. */
const bySlot: CompileText = (template) => (slot) => template.replace("{{index}}", String(slot));

/** Our bytes as decoded by an independent parser. */
function read(bytes: Uint8Array, version: 4 | 5): Record<string, unknown> {
  const found: Packet[] = [];
  const packets = parser({ protocolVersion: version });
  packets.on("packet", (packet: Packet) => found.push(packet));
  packets.on("error", (error: Error) => assert.fail(error));
  assert.equal(packets.parse(Buffer.from(bytes)), 0, "nothing is left over");
  assert.equal(found.length, 1);
  return found[0] as unknown as Record<string, unknown>;
}

const make = (options: Partial<MqttOptions>, compile: CompileText = literalTexts) =>
  new RequestPackets({ ...plainOptions, ...options }, { compile });

describe("client packets, as decoded by mqtt-packet", () => {
  it("an MQTT 5 CONNECT with every option", () => {
    const packets = make(
      {
        clientId: "c{{index}}",
        user: "u{{index}}",
        password: "p{{index}}",
        cleanStart: false,
        sessionExpirySeconds: 300,
        keepAliveSeconds: 77,
        receiveMaximum: 9,
        maximumPacketBytes: 5000,
        topicAliases: 4,
        will: { topic: "w/{{index}}", payload: "gone", qos: 2, retain: true, delaySeconds: 6 },
      },
      bySlot,
    );
    const { clientId, username, password, clean, keepalive, protocolVersion, properties, will } = read(
      packets.connect(3),
      5,
    ) as Record<string, unknown>;
    assert.deepEqual(
      [clientId, username, String(password), clean, keepalive, protocolVersion],
      ["c3", "u3", "p3", false, 77, 5],
    );
    assert.deepEqual(
      { ...(properties as object) },
      { sessionExpiryInterval: 300, receiveMaximum: 9, maximumPacketSize: 5000, topicAliasMaximum: 4 },
    );
    const told = will as {
      topic: string;
      payload: Buffer;
      qos: number;
      retain: boolean;
      properties: { willDelayInterval: number };
    };
    assert.deepEqual(
      [told.topic, String(told.payload), told.qos, told.retain, told.properties.willDelayInterval],
      ["w/3", "gone", 2, true, 6],
    );
  });

  it("a 3.1.1 CONNECT, minimal and with a will", () => {
    const bare = read(make({ version: 4 }).connect(0), 4);
    assert.deepEqual([bare.protocolVersion, bare.clean, bare.username, bare.will], [4, true, undefined, undefined]);
    const full = read(
      make({
        version: 4,
        user: "u",
        password: "p",
        will: { topic: "w", payload: "", qos: 1, retain: false, delaySeconds: 0 },
      }).connect(0),
      4,
    );
    assert.deepEqual([full.username, String(full.password), (full.will as { qos: number }).qos], ["u", "p", 1]);
  });

  it("SUBSCRIBE and UNSUBSCRIBE with every topic of the connection", () => {
    for (const version of [4, 5] as const) {
      const packets = make({ version, topics: ["a/{{index}}", "b/#"], qos: 1 }, bySlot);
      const { messageId, subscriptions } = read(packets.subscribe(12, 65535), version) as {
        messageId: number;
        subscriptions: { topic: string; qos: number }[];
      };
      assert.equal(messageId, 65535);
      assert.deepEqual(
        subscriptions.map(({ topic, qos }) => [topic, qos]),
        [
          ["a/12", 1],
          ["b/#", 1],
        ],
      );
      assert.deepEqual(read(packets.unsubscribe(12, 7), version).unsubscriptions, ["a/12", "b/#"]);
    }
  });

  it("PUBLISH at every QoS, with an alias, and with a three-byte length", () => {
    const packets = make({});
    for (const qos of [0, 1, 2] as const) {
      const told = read(packets.publish("t", 0, 9, Buffer.from("hi"), { qos, retain: qos === 1 }), 5);
      assert.deepEqual(
        [told.topic, told.qos, told.retain, String(told.payload), told.messageId],
        ["t", qos, qos === 1, "hi", qos === 0 ? undefined : 9],
      );
    }
    const aliased = read(packets.publish("", 1, 0, Buffer.alloc(20_000, 1), { qos: 0, retain: false }), 5);
    assert.deepEqual(
      [aliased.topic, (aliased.properties as { topicAlias: number }).topicAlias, (aliased.payload as Buffer).length],
      ["", 1, 20_000],
    );
  });
});
