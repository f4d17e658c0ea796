import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { opening5, plainOptions } from "../../testing/mqtt-bytes.ts";
import { honestBroker } from "../../testing/mqtt-corpus.ts";
import { cut, RecordingWire, tell } from "../../testing/recording-wire.ts";
import { serverFrame, upgradeAnswer } from "../../testing/websocket-corpus.ts";
import type { Protocol, Wire } from "../protocol.ts";
import { opcode } from "../websocket-frame.ts";
import { MqttOverWebSocket } from "./over-websocket.ts";

const endpoint = { host: "localhost", address: "127.0.0.1", family: 4 as const, port: 8083, path: "/mqtt", tls: false };
const options = { slots: 1, endpoints: [endpoint], headers: {}, subprotocols: [], maxMessageBytes: 1000 };
const make = (wire: Wire): Protocol => new MqttOverWebSocket({ ...options, mqtt: plainOptions }, null, wire);
const chosen = "Sec-WebSocket-Protocol: mqtt\r\n";
const packets = Buffer.concat([opening5, honestBroker]);

/** What is reported for packets in frames split at these places, disregarding the number of acknowledgement frames. */
function toldOf(places: readonly number[], frame = opcode.binary as number): { told: string[]; frames: string[] } {
  const wire = new RecordingWire();
  tell(
    make,
    (protocol) => [
      upgradeAnswer(protocol.greeting(0), chosen),
      ...cut(packets, places).map((piece) => serverFrame(frame, piece)),
    ],
    wire,
  );
  const isFrame = (line: string): boolean => line.startsWith("write");
  return { told: wire.told.filter((line) => !isFrame(line)), frames: wire.told.filter(isFrame) };
}

describe("MQTT over WebSocket", () => {
  it("[MQTT-6.0.0-3] requests the subprotocol mqtt", () => {
    const request = Buffer.from(make(new RecordingWire()).greeting(0)).toString("latin1");
    assert.match(request, /\r\nsec-websocket-protocol: mqtt\r\n/i);
  });

  it("[MQTT-6.0.0-1] sends only binary frames, and rejects a text frame", () => {
    const { frames } = toldOf([]);
    assert.ok(frames.length > 0);
    for (const line of frames) assert.match(line, /^write 82 /);
    const { told } = toldOf([], opcode.text);
    assert.match(told.at(-1) ?? "", /^refused upgrade-invalid /);
  });

  it("[MQTT-6.0.0-2] packets may begin and end anywhere in frames", () => {
    const { told } = toldOf([]);
    assert.equal(told.filter((line) => line.startsWith("message")).length, 3);
    for (let place = 1; place < packets.length; place++) assert.deepEqual(toldOf([place]).told, told);
    fc.assert(
      fc.property(fc.array(fc.nat(packets.length), { maxLength: 20 }), (places) => {
        assert.deepEqual(toldOf(places).told, told);
      }),
      { numRuns: 50 },
    );
  });
});
