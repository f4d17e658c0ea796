import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { generate, type Packet } from "mqtt-packet";
import { plainOptions } from "../../testing/mqtt-bytes.ts";
import { PlainWire } from "../../testing/recording-wire.ts";
import { MqttProtocol } from "./mqtt.ts";
import type { MqttOptions } from "./options.ts";
import { PacketTable } from "./packet-table.ts";

const payload = Buffer.from("hi");

/** A publisher accepted by a broker with these limits. */
function publisher(publishing: Partial<NonNullable<MqttOptions["publishing"]>>, limits: Record<string, unknown> = {}) {
  const wire = new PlainWire();
  const own = { topic: "t", qos: 1 as const, retain: false, useTopicAlias: false, ...publishing };
  const mqtt: MqttOptions = { ...plainOptions, topics: [], publishing: own };
  const protocol = new MqttProtocol({ slots: 2, maxMessageBytes: 1000, mqtt }, null, wire);
  const feed = (sent: unknown): void => {
    const bytes = Buffer.from(generate(sent as Packet, { protocolVersion: 5 }));
    protocol.take(0, bytes, 0, bytes.length);
  };
  protocol.reset(0);
  protocol.greeting(0);
  feed({ cmd: "connack", sessionPresent: false, reasonCode: 0, properties: limits });
  const publish = (topic?: string): string | null => {
    const bytes = protocol.frame(payload, true, 0, topic === undefined ? undefined : { topic, qos: own.qos });
    return bytes === null ? null : Buffer.from(bytes).toString("hex");
  };
  return { wire, protocol, feed, publish };
}

describe("publishing", () => {
  it("QoS 1 ends with its PUBACK, QoS 2 with its PUBCOMP, each reported once", () => {
    const one = publisher({});
    assert.equal(one.publish(), "32080001740001006869");
    one.feed({ cmd: "puback", messageId: 1 });
    assert.deepEqual(one.wire.told, ["opened", "acknowledged true"]);
    const two = publisher({ qos: 2 });
    two.publish();
    two.feed({ cmd: "pubrec", messageId: 1 });
    two.feed({ cmd: "pubcomp", messageId: 1 });
    assert.deepEqual(two.wire.told, ["opened", "write 62020001", "acknowledged true"]);
    assert.deepEqual([two.protocol.counts.publishesSent, two.protocol.counts.publishesAcknowledged], [1, 1]);
  });

  it("a reason code of 0x80 or above is a refusal, a lower one is not", () => {
    const { feed, publish, protocol } = publisher({});
    publish();
    publish();
    feed({ cmd: "puback", messageId: 1, reasonCode: 0x97 });
    feed({ cmd: "puback", messageId: 2, reasonCode: 0x10 });
    assert.deepEqual([protocol.counts.publishesRefused, protocol.counts.publishesAcknowledged], [1, 1]);
  });

  it("broker limits are kept: receive maximum [MQTT-3.3.4-7], maximum packet size [MQTT-3.2.2-15]", () => {
    const narrow = publisher({}, { receiveMaximum: 2 });
    assert.deepEqual([narrow.publish() !== null, narrow.publish() !== null, narrow.publish()], [true, true, null]);
    narrow.feed({ cmd: "puback", messageId: 1 });
    assert.notEqual(narrow.publish(), null);
    assert.equal(narrow.protocol.counts.publishesUnsent, 1);
    const short = publisher({}, { maximumPacketSize: 9 });
    assert.equal(short.publish(), null);
    assert.equal(publisher({}, { maximumPacketSize: 10 }).publish() === null, false);
  });

  it("QoS never exceeds the broker's maximum [MQTT-3.2.2-11]", () => {
    const { publish, protocol } = publisher({ qos: 2 }, { maximumQoS: 0 });
    assert.equal(publish(), "3006000174006869");
    assert.equal(protocol.counts.publishesLowered, 1);
  });

  it("an alias replaces the topic once the broker knows it, if it accepts aliases [MQTT-3.2.2-18]", () => {
    const known = publisher({ qos: 0, useTopicAlias: true }, { topicAliasMaximum: 1 });
    assert.deepEqual([known.publish(), known.publish()], ["300900017403230001" + "6869", "3008000003230001" + "6869"]);
    assert.equal(known.publish("other"), "300a00056f74686572006869");
    assert.equal(publisher({ qos: 0, useTopicAlias: true }).publish(), "3006000174006869");
  });

  it("packet ids wrap around, skip pending ones, and restart with a new connection", () => {
    const { publish, feed, protocol } = publisher({});
    publish();
    for (let id = 2; id <= 65534; id++) {
      publish();
      feed({ cmd: "puback", messageId: id });
    }
    assert.equal(publish(), "32080001740002006869");
    protocol.reset(0);
    protocol.greeting(0);
    feed({ cmd: "connack", sessionPresent: false, reasonCode: 0 });
    assert.equal(publish(), "32080001740001006869");
  });
});

describe("the packet table", () => {
  it("behaves like a map for any sequence of sets and deletes", () => {
    const step = fc.record({
      slot: fc.nat(50),
      id: fc.integer({ min: 1, max: 60 }),
      isSet: fc.boolean(),
      value: fc.integer(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3000 }), (steps) => {
        const table = new PacketTable();
        const truth = new Map<string, number>();
        for (const { slot, id, isSet, value } of steps) {
          const key = `${slot}:${id}`;
          if (isSet) {
            table.set(slot, id, value);
            truth.set(key, value);
          } else assert.equal(table.delete(slot, id), truth.delete(key));
          assert.equal(table.size, truth.size);
        }
        for (let slot = 0; slot <= 50; slot++)
          for (let id = 1; id <= 60; id++) assert.equal(table.get(slot, id), truth.get(`${slot}:${id}`) ?? Number.NaN);
      }),
      { numRuns: 50 },
    );
  });
});
