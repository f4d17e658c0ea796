import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Endpoint } from "../engine.ts";
import { assertSameHoweverCut } from "../testing/cut-anywhere.ts";
import { cut, tell } from "../testing/recording-wire.ts";
import { decodeBase64 } from "./push-text.ts";
import { SseProtocol } from "./sse.ts";

const endpoint: Endpoint = {
  host: "localhost",
  address: "127.0.0.1",
  family: 4,
  port: 8080,
  path: "/events?bytes=64",
  tls: false,
};
const maxMessageBytes = 2000;
const make = (wire: ConstructorParameters<typeof SseProtocol>[1]) =>
  new SseProtocol({ slots: 1, endpoints: [endpoint], headers: {}, maxMessageBytes }, wire);

const plain = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n";
const chunked = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const push = Buffer.concat([
  Buffer.from("HF\x01\x00", "latin1"),
  Buffer.from(Array.from({ length: 96 }, (_, i) => (i * 37) & 255)),
]);
const encoded = push.toString("base64url");
const told = `message ${push.toString("hex")}`;
const text = (value: string): string => `message ${Buffer.from(value).toString("hex")}`;
const chunk = (body: string): string => `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`;
const withLength = (length: number): string => plain.replace("\r\n\r\n", `\r\ncontent-length: ${length}\r\n\r\n`);
const event = `data: ${encoded}\n\n`;

const streams: [name: string, bytes: string, told: string[]][] = [
  ["a push", plain + event, [told]],
  ["a push a chunk", chunked + chunk(event).repeat(3), [told, told, told]],
  ["several pushes in a chunk", chunked + chunk(event.repeat(3)), [told, told, told]],
  [
    "a push over three chunks",
    chunked + chunk(event.slice(0, 5)) + chunk(event.slice(5, 40)) + chunk(event.slice(40)),
    [told],
  ],
  ["an event that ends one chunk late", chunked + chunk(event.slice(0, -1)) + chunk(`\n${event}`), [told, told]],
  ["CR LF line ends", `${plain}data: ${encoded}\r\n\r\n: hello\r\n\r\ndata:x\r\n\r\n`, [told, text("x")]],
  [
    "comments, other fields and empty events",
    `${plain}: hi\n\nretry: 5\nid: 7\n\n\n\nevent: a\ndata: b\nid: c\n\n`,
    [text("b")],
  ],
  ["several data lines", `${plain}data: a\ndata:  b\ndata\ndata:c\n\n`, [text("a\n b\n\nc")]],
  ["data that is not a push, not only ASCII", `${plain}data: {"ok":"✓"}\n\n`, [text('{"ok":"✓"}')]],
  ["data field look-alikes", `${plain}dat: a\ndatax: b\n data: c\n\ndata: d\n\n`, [text("d")]],
  [
    "padding and the other alphabet",
    `${plain}data: ${push.subarray(0, 98).toString("base64")}\n\n`,
    [`message ${push.toString("hex", 0, 98)}`],
  ],
  ["the largest message", `${plain}data: ${"y".repeat(maxMessageBytes)}\n\n`, [text("y".repeat(maxMessageBytes))]],
  [
    "a message one byte too large",
    `${plain}data: ${"y".repeat(maxMessageBytes + 1)}\n\n`,
    ["violation message-too-large"],
  ],
  ["an event without end", plain + "data: ".padEnd(maxMessageBytes * 2 + 4200, "y"), ["violation message-too-large"]],
  ["the last chunk", `${chunked}${chunk(event)}0\r\n\r\n`, [told, "closed 0"]],
  ["the last chunk with an event unfinished", `${chunked}${chunk("data: x\n")}0;a=b\r\nt: r\r\n\r\n`, ["closed 0"]],
  [
    "chunk extensions and upper case",
    `${chunked}${`${event.length.toString(16).toUpperCase()} ;a="b"\r\n${event}\r\n`}`,
    [told],
  ],
  ["a chunk size that is none", `${chunked}zz\r\n`, ["violation bad-chunk"]],
  [
    "a chunk size with leading zeros",
    `${chunked}${event.length.toString(16).padStart(40, "0")}\r\n${event}\r\n`,
    [told],
  ],
  ["a chunk size too long", `${chunked}${"1".repeat(14)}\r\n`, ["violation bad-chunk"]],
  ["a chunk line without end", chunked + "1".padEnd(8300, " "), ["violation bad-chunk"]],
  ["a byte order mark", `${plain}\u{feff}${event}data: b\n\n`, [told, text("b")]],
  ["a second byte order mark", `${plain}\u{feff}\u{feff}data: a\n\ndata: b\n\n`, [text("b")]],
  ["CR line ends", `${plain}data: a\rdata: b\r\r: c\r\rdata: d\r\r`, [text("a\nb"), text("d")]],
  [
    "line ends of every kind",
    `${plain}data: a\r\ndata: b\rdata: c\n\r\ndata: d\r\n\rdata: e\n\rdata: f\r\n\r\n`,
    ["a\nb\nc", "d", "e", "f"].map(text),
  ],
  ["a length", `${withLength(8)}data: a\n\nHTTP/1.1 408 x\r\n\r\n\n\ndata: ghost\n\n`, ["closed 0"]],
  [
    "a length that ends behind an event",
    `${withLength(9)}data: a\n\nHTTP/1.1 408 x\r\n\r\n\n\ndata: ghost\n\n`,
    [text("a"), "closed 0"],
  ],
  ["no length at all", `${withLength(0)}data: ghost\n\n`, ["closed 0"]],
  [
    "a length that counts for nothing",
    chunked.replace("\r\n\r\n", "\r\ncontent-length: 3\r\n\r\n") + chunk(event),
    [told],
  ],
  [
    "interim answers",
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${plain}${event}`,
    [told],
  ],
  ["bare line feeds in the head", `${plain.replaceAll("\r\n", "\n")}${event}`, [told]],
  ["a chunk that does not end where it said", `${chunked}3\r\nabcdef\r\n`, ["violation bad-chunk"]],
];

for (const [name, bytes, expected] of streams) {
  test(`${name}: parsed the same however the stream is split`, () => {
    const whole = Buffer.from(bytes);
    const at = (places: readonly number[]) => tell(make, () => cut(whole, places));
    assertSameHoweverCut(at, whole.length, ["opened", ...expected]);
  });
}

const refusals: [name: string, bytes: string, told: string][] = [
  ["another status", "HTTP/1.1 404 Not Found\r\n\r\n", "refused upgrade-rejected 404"],
  [
    "another type",
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{}",
    "refused upgrade-invalid not-an-event-stream",
  ],
  ["no type", "HTTP/1.1 200 OK\r\n\r\n", "refused upgrade-invalid not-an-event-stream"],
  ["no content", "HTTP/1.1 204 No Content\r\n\r\n", "refused upgrade-rejected 204"],
  [
    "a coding we did not ask for",
    plain.replace("\r\n\r\n", "\r\ncontent-encoding: gzip\r\n\r\n"),
    "refused upgrade-invalid content-coded",
  ],
  [
    "a transfer coding beside chunks",
    chunked.replace("chunked", "gzip, chunked"),
    "refused upgrade-invalid transfer-coded",
  ],
  [
    "a length that is none",
    plain.replace("\r\n\r\n", "\r\ncontent-length: 1x\r\n\r\n"),
    "refused upgrade-invalid bad-length",
  ],
  [
    "two lengths",
    plain.replace("\r\n\r\n", "\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n"),
    "refused upgrade-invalid bad-length",
  ],
  ["no HTTP", "hello\r\n\r\n", "refused upgrade-invalid bad-head"],
];

for (const [name, bytes, expected] of refusals) {
  test(`refused: ${name}`, () => {
    for (let place = 0; place < bytes.length; place++)
      assert.deepEqual(
        tell(make, () => cut(Buffer.from(bytes), [place])),
        [expected],
      );
  });
}

test("base64 is decoded as by Node", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom("base64" as const, "base64url" as const),
      (bytes, alphabet) => {
        const data = Buffer.from(Buffer.from(bytes).toString(alphabet), "latin1");
        assert.deepEqual(data.subarray(0, decodeBase64(data, 0, data.length)), Buffer.from(bytes));
      },
    ),
  );
});

test("the request accepts an event stream, and keeps the user's headers", () => {
  const wire = {} as ConstructorParameters<typeof SseProtocol>[1];
  const protocol = new SseProtocol(
    { slots: 1, endpoints: [endpoint], headers: { "X-Token": "1" }, maxMessageBytes },
    wire,
  );
  const request = Buffer.from(protocol.greeting(0)).toString("latin1");
  assert.equal(
    request,
    "GET /events?bytes=64 HTTP/1.1\r\nhost: localhost:8080\r\naccept: text/event-stream\r\ncache-control: no-cache\r\nx-token: 1\r\n\r\n",
  );
});
