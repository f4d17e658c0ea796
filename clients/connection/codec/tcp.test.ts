import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint } from "../engine.ts";
import { assertSameHoweverCut } from "../testing/cut-anywhere.ts";
import { cut, tell } from "../testing/recording-wire.ts";
import type { Wire } from "./protocol.ts";
import { TcpProtocol } from "./tcp.ts";

const endpoint: Endpoint = {
  host: "localhost",
  address: "127.0.0.1",
  family: 4,
  port: 7000,
  path: "?intervalMs=50",
  tls: false,
};
const make = (wire: Wire) => new TcpProtocol({ endpoints: [endpoint], maxMessageBytes: 300 }, wire);
const framed = (payload: string): Buffer => Buffer.from(make({} as Wire).frame(Buffer.from(payload)));
const hex = (payload: string): string => `message ${Buffer.from(payload).toString("hex")}`;
const opening = Buffer.alloc(4);

const streams: [name: string, bytes: Buffer, told: string[]][] = [
  [
    "opened and messages",
    Buffer.concat([opening, framed("a"), framed("b".repeat(300))]),
    ["opened", hex("a"), hex("b".repeat(300))],
  ],
  [
    "empty messages later are keep-alives",
    Buffer.concat([opening, opening, framed("a"), opening]),
    ["opened", hex("a")],
  ],
  ["a message before opening", framed("a"), ["refused upgrade-invalid bad-greeting"]],
  ["an HTTP server", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), ["refused upgrade-invalid bad-greeting"]],
  [
    "a message one byte too large",
    Buffer.concat([opening, framed("b".repeat(301))]),
    ["opened", "violation message-too-large"],
  ],
  [
    "a length with the highest bit",
    Buffer.concat([opening, Buffer.alloc(4, 255)]),
    ["opened", "violation message-too-large"],
  ],
];

for (const [name, bytes, expected] of streams) {
  test(`${name}: parsed the same however the stream is split`, () => {
    const at = (places: readonly number[]) => tell(make, () => cut(bytes, places));
    assertSameHoweverCut(at, bytes.length, expected);
  });
}

test("the line is the query without its question mark, whatever precedes it", () => {
  const line = (path: string): string =>
    Buffer.from(
      new TcpProtocol({ endpoints: [{ ...endpoint, path }], maxMessageBytes: 1 }, {} as Wire).greeting(0),
    ).toString();
  assert.equal(line("?intervalMs=50"), "intervalMs=50\n");
  assert.equal(line("/push?intervalMs=50&bytes=64"), "intervalMs=50&bytes=64\n");
  assert.equal(line("intervalMs=50"), "intervalMs=50\n");
  assert.equal(line(""), "\n");
});
