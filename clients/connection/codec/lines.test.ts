import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSameHoweverCut } from "../testing/cut-anywhere.ts";
import { cut, RecordingWire, tell } from "../testing/recording-wire.ts";
import { LineProtocol } from "./lines.ts";
import type { Wire } from "./protocol.ts";

const options = { slots: 1, maxMessageBytes: 40 };
const makers = {
  lines: (wire: Wire) => new LineProtocol(options, "lines", wire),
  nats: (wire: Wire) => new LineProtocol(options, "nats", wire),
};
const message = (text: string): string => `message ${Buffer.from(text).toString("hex")}`;

const streams: [name: string, framing: keyof typeof makers, bytes: string, told: string[]][] = [
  [
    "lines, with and without a carriage return, empty ones too",
    "lines",
    "a\nbc\r\n\nd\n",
    ["a", "bc", "", "d"].map(message),
  ],
  [
    "a line one byte too long",
    "lines",
    `${"x".repeat(40)}\n${"y".repeat(41)}\n`,
    [message("x".repeat(40)), "violation message-too-large"],
  ],
  [
    "NATS: a payload with lines of its own belongs to its message",
    "nats",
    'INFO {"a":1}\r\nMSG news 1 5\r\na\r\nb!\r\nMSG a.b 1 reply.to 0\r\n\r\nPING\r\n',
    ["opened", message("MSG news 1 5\r\na\r\nb!"), message("MSG a.b 1 reply.to 0\r\n"), message("PING")],
  ],
  [
    "NATS: headers count among the payload",
    "nats",
    "INFO {}\r\nHMSG s 1 4 6\r\nh\r\nabc\r\n",
    ["opened", message("HMSG s 1 4 6\r\nh\r\nabc")],
  ],
  ["NATS: what is no greeting", "nats", "+OK\r\n", ["refused upgrade-invalid bad-greeting"]],
  ["NATS: an error is its farewell", "nats", "INFO {}\r\n-ERR 'Stale Connection'\r\nPING\r\n", ["opened", "closed 0"]],
  [
    "NATS: a payload too large, known by its length",
    "nats",
    "INFO {}\r\nMSG s 1 4000000\r\n",
    ["opened", "violation message-too-large"],
  ],
];

for (const [name, framing, text, expected] of streams) {
  test(`${name}: parsed the same however the stream is split`, () => {
    const bytes = Buffer.from(text);
    const at = (places: readonly number[]) => {
      const wire = new RecordingWire();
      wire.isOpen = framing === "lines";
      return tell(makers[framing], () => cut(bytes, places), wire);
    };
    assertSameHoweverCut(at, bytes.length, expected);
  });
}

test("sent lines are terminated, and a NATS publication states its length in bytes", () => {
  const sent = (framing: keyof typeof makers, text: string): string =>
    Buffer.from(makers[framing]({} as Wire).frame(Buffer.from(text))).toString();
  assert.equal(sent("lines", "hello"), "hello\n");
  assert.equal(sent("nats", "PING"), "PING\r\n");
  assert.equal(sent("nats", "PUB news\r\ngrün"), "PUB news 5\r\ngrün\r\n");
  assert.equal(sent("nats", "PUB news answer.to\r\n12"), "PUB news answer.to 2\r\n12\r\n");
  assert.equal(sent("nats", "PUB news 2\r\n12"), "PUB news 2\r\n12\r\n");
});

test("the text of an error is reported", () => {
  const told: unknown[] = [];
  const wire = { peerClosed: (...words: unknown[]) => void told.push(words) } as unknown as Wire;
  const bytes = Buffer.from("-ERR 'Authorization Violation'\r\n");
  makers.nats(wire).take(0, bytes, 0, bytes.length, true);
  assert.deepEqual(told, [[0, 0, "Authorization Violation"]]);
});

test("a pong answers a pending ping, otherwise it is a message", () => {
  const told: string[] = [];
  const wire = {
    message: () => void told.push("message"),
    pong: (_: number, sentNs: number) => void told.push(`pong ${sentNs}`),
  } as unknown as Wire;
  const protocol = makers.nats(wire);
  const pong = Buffer.from("PONG\r\n");
  protocol.take(0, pong, 0, pong.length, true);
  assert.equal(Buffer.from(protocol.ping(7, 0)!).toString(), "PING\r\n");
  assert.equal(protocol.ping(8, 0), null);
  protocol.take(0, pong, 0, pong.length, true);
  assert.deepEqual(told, ["message", "pong 7"]);
});
