import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { assertSameHoweverCut } from "../../testing/cut-anywhere.ts";
import { opening5, plainOptions, told5 } from "../../testing/mqtt-bytes.ts";
import { honestBroker, mqttCases } from "../../testing/mqtt-corpus.ts";
import { cut, joinAcknowledgements, PlainWire, tell } from "../../testing/recording-wire.ts";
import type { Protocol, Wire } from "../protocol.ts";
import { MqttProtocol } from "./mqtt.ts";
import type { MqttOptions } from "./options.ts";

const make = (options: Partial<MqttOptions> = {}) => {
  return (wire: Wire): MqttProtocol =>
    new MqttProtocol({ slots: 4, maxMessageBytes: 1000, mqtt: { ...plainOptions, ...options } }, null, wire);
};

function told(options: Partial<MqttOptions> | undefined, pieces: Buffer[]): string[] {
  const greeted = (protocol: Protocol): Buffer[] => {
    protocol.greeting(0);
    return pieces;
  };
  return joinAcknowledgements(tell(make(options), greeted, new PlainWire()));
}

describe("a possibly redelivered message", () => {
  it("is reported as a repeat by its DUP flag only at QoS 1: at QoS 2 its packet id tells [MQTT-3.3.1-1]", () => {
    const repeats: boolean[] = [];
    class RepeatWire extends PlainWire {
      override message(...[, , , , , , isRepeat]: Parameters<Wire["message"]>): void {
        repeats.push(isRepeat === true);
      }
    }
    const wire = new RepeatWire();
    const publish = (first: number, id: number): Buffer => Buffer.from([first, 6, 0, 1, 0x74, 0, id, 0]);
    tell(
      make({ qos: 2 }),
      (protocol) =>
        [protocol.greeting(0), opening5, publish(0x32, 1), publish(0x3a, 2), publish(0x3c, 3)]
          .slice(1)
          .map(Buffer.from),
      wire,
    );
    assert.deepEqual(repeats, [false, true, false]);
  });
});

describe("packets from a broker, by conformance statement", () => {
  for (const { statement, name, options, bytes, told: expected } of mqttCases) {
    it(`[${statement}] ${name}, parsed the same however the stream is split`, () => {
      assertSameHoweverCut(
        (places) => told(options, cut(bytes, places)),
        bytes.length,
        joinAcknowledgements(expected),
        20,
      );
    });
  }
});

describe("corrupted, truncated or arbitrary bytes from a broker", () => {
  const ends = (lines: string[]): string[] => lines.filter((line) => /^(refused|closed|violation)/.test(line));

  it("are parsed the same however they are split, end a connection at most once, and never throw", () => {
    const spoils = fc.array(fc.record({ at: fc.nat(honestBroker.length), byte: fc.nat(255), isCut: fc.boolean() }), {
      maxLength: 4,
    });
    const places = fc.array(fc.nat(600), { maxLength: 8 });
    fc.assert(
      fc.property(spoils, fc.uint8Array({ maxLength: 300 }), fc.boolean(), places, (changes, noise, isNoise, cuts) => {
        let bytes = Buffer.from(isNoise ? noise : honestBroker);
        for (const { at, byte, isCut } of changes) {
          const here = at % (bytes.length + 1);
          if (isCut) bytes = Buffer.concat([bytes.subarray(0, here), bytes.subarray(here + 1)]);
          else if (here < bytes.length) bytes[here] = byte;
        }
        const whole = Buffer.concat([opening5, bytes]);
        const all = told({}, [whole]);
        assert(ends(all).length <= 1, all.join("; "));
        assert.deepEqual(told({}, cut(whole, cuts)), all);
      }),
      { seed: 20260101, numRuns: 500 },
    );
  });

  it("are all delivered when nothing is corrupted", () => {
    assert.equal(
      told({}, [Buffer.concat([opening5, honestBroker])]).filter((line) => line.startsWith("message")).length,
      3,
    );
  });
});

describe("an MQTT connection", () => {
  it("counts lower QoS, retained messages, messages before the subscription, and redeliveries", () => {
    const wire = new PlainWire();
    const protocol = make()(wire);
    const feed = (hex: string): void => {
      const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
      protocol.take(0, bytes, 0, bytes.length);
    };
    protocol.reset(0);
    protocol.greeting(0);
    feed("20 03 00 00 00");
    feed("30 05 00 01 61 00 61");
    feed("90 04 ff ff 00 01");
    feed("31 05 00 01 61 00 61");
    feed("34 07 00 01 61 00 01 00 61 3c 07 00 01 61 00 01 00 61");
    const { mqttGrantedBelow, mqttBeforeGranted, mqttRetained, mqttRedelivered } = protocol.counts;
    assert.deepEqual([mqttGrantedBelow, mqttBeforeGranted, mqttRetained, mqttRedelivered], [1, 1, 1, 1]);
  });

  it("keeps received QoS 2 messages with the broker's session, and drops them without it [MQTT-4.1.0-1]", () => {
    for (const [flags, times] of [
      ["01", 1],
      ["00", 2],
    ] as const) {
      const wire = new PlainWire();
      const protocol = make({ cleanStart: false, topics: [] })(wire);
      for (const connack of ["2003000000", `2003${flags}0000`]) {
        protocol.reset(0);
        protocol.greeting(0);
        const bytes = Buffer.from(`${connack}3407000161000100${"61"}`, "hex");
        protocol.take(0, bytes, 0, bytes.length);
      }
      assert.equal(wire.told.filter((line) => line.startsWith("message")).length, times, flags);
    }
  });

  it("pings on time and one at a time, reports answers, and abandons a broker that does not answer", () => {
    const wire = new PlainWire();
    const protocol = make({ keepAliveSeconds: 10 })(wire);
    protocol.reset(0);
    protocol.greeting(0);
    protocol.take(0, opening5, 0, opening5.length);
    const openedNs = Number(process.hrtime.bigint());
    const seen = (): string[] => wire.told.slice(told5.length);
    protocol.expire(openedNs + 7e9);
    assert.deepEqual(seen(), []);
    protocol.expire(openedNs + 8.1e9);
    assert.deepEqual(seen(), ["write c000"]);
    assert.equal(protocol.ping(1, 0), null, "one is under way");
    const answer = Buffer.from([0xd0, 0]);
    protocol.take(0, answer, 0, 2);
    assert.match(seen()[1] ?? "", /^pong \d+/);
    protocol.expire(openedNs + 16.5e9);
    protocol.expire(openedNs + 26.4e9);
    assert.equal(seen().length, 3, "asked again, and waits");
    protocol.expire(openedNs + 26.6e9);
    assert.match(seen()[3] ?? "", /^abandoned silent keep-alive: no answer to a PINGREQ within 10 s$/);
    assert.equal(protocol.counts.keepAlivesSent, 2);
  });

  it("follows the broker's keep-alive [MQTT-3.1.2-21], and sends none when it is 0", () => {
    for (const [serverSeconds, pings] of [
      ["0002", 1],
      ["0000", 0],
    ] as const) {
      const wire = new PlainWire();
      const protocol = make({ topics: [] })(wire);
      protocol.reset(0);
      protocol.greeting(0);
      const connack = Buffer.from(`2006000003${"13"}${serverSeconds}`, "hex");
      protocol.take(0, connack, 0, connack.length);
      protocol.expire(Number(process.hrtime.bigint()) + 1.5e9);
      assert.equal(wire.told.filter((line) => line === "write c000").length, pings);
    }
  });
});
