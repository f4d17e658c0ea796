import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findBody, parseResponseHead } from "./codec/http-head.ts";
import { MqttProtocol } from "./codec/mqtt/mqtt.ts";
import type { Protocol, Wire } from "./codec/protocol.ts";
import { SseProtocol } from "./codec/sse.ts";
import { TcpProtocol } from "./codec/tcp.ts";
import { WebSocketProtocol } from "./codec/websocket.ts";
import type { Endpoint } from "./engine.ts";
import { opening5, plainOptions } from "./testing/mqtt-bytes.ts";
import { mqttCases } from "./testing/mqtt-corpus.ts";
import { cut, joinAcknowledgements, PlainWire, RecordingWire, tell } from "./testing/recording-wire.ts";
import { corpus, upgradeAnswer } from "./testing/websocket-corpus.ts";

const endpoint: Endpoint = { host: "localhost", address: "127.0.0.1", family: 4, port: 8080, path: "/", tls: false };
const options = { slots: 1, endpoints: [endpoint], headers: {}, subprotocols: [], maxMessageBytes: 300 };
const sseHead = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
const pushLine = `data: ${Buffer.concat([Buffer.from("HF\x01\x01"), Buffer.alloc(40)]).toString("base64url")}\n\n`;

interface Kind {
  name: string;
  make(wire: Wire): Protocol;
  opening(protocol: Protocol): Buffer;
  /** Valid bytes, to be corrupted. */
  honest: Buffer;
  /** Written bytes are recorded unchanged. */
  isPlain?: boolean;
}

const toldOf = ({ make, isPlain }: Kind, makePieces: (protocol: Protocol) => Buffer[]): string[] =>
  joinAcknowledgements(tell(make, makePieces, isPlain === true ? new PlainWire() : new RecordingWire()));

const kinds: Kind[] = [
  {
    name: "websocket",
    make: (wire) => new WebSocketProtocol(options, wire),
    opening: (protocol) => upgradeAnswer(protocol.greeting(0)),
    honest: Buffer.concat(corpus.filter(({ isLong }) => isLong !== true).map(({ bytes }) => bytes)),
  },
  {
    name: "sse, chunked",
    make: (wire) => new SseProtocol(options, wire),
    opening: () => Buffer.from(`${sseHead}transfer-encoding: chunked\r\n\r\n`),
    honest: Buffer.from(`${pushLine.length.toString(16)}\r\n${pushLine}\r\n`.repeat(20)),
  },
  {
    name: "sse",
    make: (wire) => new SseProtocol(options, wire),
    opening: () => Buffer.from(`${sseHead}\r\n`),
    honest: Buffer.from(`: comment\nevent: x\n${pushLine}`.repeat(20)),
  },
  {
    name: "tcp",
    make: (wire) => new TcpProtocol(options, wire),
    opening: () => Buffer.alloc(4),
    honest: Buffer.from(`\0\0\0\x05hello`.repeat(40)),
  },
  {
    name: "mqtt",
    make: (wire) => new MqttProtocol({ ...options, mqtt: { ...plainOptions, qos: 2 } }, null, wire),
    opening: (protocol) => {
      protocol.greeting(0);
      return Buffer.from(opening5);
    },
    honest: Buffer.concat(mqttCases.map(({ bytes }) => bytes)),
    isPlain: true,
  },
];

const bounded = { seed: 20260101, numRuns: 400 } as const;
const places = fc.array(fc.nat(2000), { maxLength: 8 });

/** Messages must be reported only when complete and allowed, and an end only once. */
function assertSane(told: string[]): void {
  for (const line of told)
    if (line.startsWith("message ")) assert.ok(line.length <= 8 + 2 * options.maxMessageBytes, line.slice(0, 80));
  const ends = told.filter((line) => /^(refused|closed|violation)/.test(line));
  assert.ok(ends.length <= 1 && (ends.length === 0 || told.at(-1) === ends[0]), told.slice(-3).join("; "));
}

for (const kind of kinds) {
  test(`${kind.name}: arbitrary bytes are parsed the same however split, after an opening or not`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), fc.boolean(), places, (bytes, isOpened, cuts) => {
        const whole = (protocol: Protocol) =>
          Buffer.concat([isOpened ? kind.opening(protocol) : Buffer.alloc(0), bytes]);
        const told = toldOf(kind, (protocol) => [whole(protocol)]);
        assertSane(told);
        assert.deepEqual(
          toldOf(kind, (protocol) => cut(whole(protocol), cuts)),
          told,
        );
      }),
      bounded,
    );
  });

  test(`${kind.name}: valid streams with corrupted or missing bytes are parsed the same however they are split`, () => {
    const spoils = fc.array(fc.record({ at: fc.nat(kind.honest.length), byte: fc.nat(255), isCut: fc.boolean() }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(spoils, places, fc.nat(kind.honest.length), (changes, cuts, from) => {
        let bytes = Buffer.from(kind.honest.subarray(from, from + 2500));
        for (const { at, byte, isCut } of changes) {
          const here = at % (bytes.length + 1);
          if (isCut) bytes = Buffer.concat([bytes.subarray(0, here), bytes.subarray(here + 1)]);
          else if (here < bytes.length) bytes[here] = byte;
        }
        const told = toldOf(kind, (protocol) => [Buffer.concat([kind.opening(protocol), bytes])]);
        assertSane(told);
        assert.deepEqual(
          toldOf(kind, (protocol) => cut(Buffer.concat([kind.opening(protocol), bytes]), cuts)),
          told,
        );
      }),
      bounded,
    );
  });
}

test("arbitrary bytes as a response head yield a head or null", () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom("HTTP/1.1 101 x", "HTTP/1.0 200", "a: b", "a:", ":", "HTTP/1.1 99 x", "HTTP/1.1 2000"),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const head = parseResponseHead(lines.join("\r\n"));
      if (head !== null) assert.ok(head.status >= 100 && head.status <= 999);
      const bytes = Buffer.from(`${lines.join("\r\n")}\r\n\r\nrest`);
      const body = findBody(bytes, 0, bytes.length);
      assert.ok(body < 0 || bytes.toString("latin1", body - 4, body) === "\r\n\r\n");
    }),
    bounded,
  );
});
