import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Endpoint } from "../engine.ts";
import { cut, tell } from "../testing/recording-wire.ts";
import { corpus, corpusMaxMessageBytes, serverFrame, upgradeAnswer } from "../testing/websocket-corpus.ts";
import { mostHeadBytes } from "./http-head.ts";
import type { Protocol, Wire } from "./protocol.ts";
import { WebSocketProtocol } from "./websocket.ts";

const endpoint: Endpoint = {
  host: "localhost",
  address: "127.0.0.1",
  family: 4,
  port: 8080,
  path: "/push?x=1",
  tls: false,
};
const options = {
  slots: 4,
  endpoints: [endpoint],
  headers: {},
  subprotocols: [] as string[],
  maxMessageBytes: corpusMaxMessageBytes,
};
const make =
  (more: Partial<typeof options> = {}) =>
  (wire: Wire): Protocol =>
    new WebSocketProtocol({ ...options, ...more }, wire);

/** The response to this codec's own request, and what follows it. */
const stream = (protocol: Protocol, bytes: Buffer, extra = ""): Buffer =>
  Buffer.concat([upgradeAnswer(protocol.greeting(0), extra), bytes]);
/** Splits at least where a read ends: our buffer holds 65,536 bytes. */
const reads = [60_000, 120_000];

for (const { name, bytes, told, isLong } of corpus) {
  test(`${name}: parsed the same however the stream is split`, () => {
    const expected = ["opened", ...told];
    const at = (places: readonly number[]) =>
      tell(make(), (protocol) => cut(stream(protocol, bytes), [...places, ...reads]));
    assert.deepEqual(at([]), expected);
    const total = bytes.length + 160;
    const everyPlace = Array.from({ length: isLong ? 200 : total }, (_, i) => i + 1);
    for (const place of everyPlace) assert.deepEqual(at([place]), expected, `cut at ${place}`);
    if (isLong !== true) assert.deepEqual(at(everyPlace), expected, "one byte at a time");
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: total }), { maxLength: 12 }), (places) => {
        assert.deepEqual(at(places), expected);
      }),
      { numRuns: isLong ? 5 : 30 },
    );
  });
}

test("all legal streams concatenated, split at random, are parsed like each alone", () => {
  const open = corpus.filter(
    ({ told }) => !told.some((line) => line.startsWith("closed") || line.startsWith("violation")),
  );
  const bytes = Buffer.concat(open.map((one) => one.bytes));
  const expected = ["opened", ...open.flatMap(({ told }) => told)];
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: bytes.length }), { maxLength: 40 }), (places) => {
      const everyRead = Array.from({ length: 8 }, (_, i) => (i + 1) * 60_000);
      assert.deepEqual(
        tell(make(), (protocol) => cut(stream(protocol, bytes), [...places, ...everyRead])),
        expected,
      );
    }),
    { numRuns: 20 },
  );
});

test("many small fragments of a large message take linear time and are limited", () => {
  const fragment = serverFrame(0, "ab", { fin: false });
  const bytes = Buffer.concat([
    serverFrame(2, "", { fin: false }),
    ...Array.from({ length: 30_000 }, () => fragment),
    serverFrame(0),
  ]);
  const places = Array.from({ length: 3 }, (_, i) => (i + 1) * 50_000);
  const told = tell(make(), (protocol) => cut(stream(protocol, bytes), places));
  assert.deepEqual(told, ["opened", `message ${"6162".repeat(30_000)}`]);
});

const refusals: [name: string, answer: (right: string) => string, told: string][] = [
  [
    "another status",
    () => "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno",
    "refused upgrade-rejected 503",
  ],
  ["a redirect", () => "HTTP/1.1 302 Found\r\nlocation: /\r\n\r\n", "refused upgrade-rejected 302"],
  ["a wrong accept", (right) => right.replace(/Accept: ./, "Accept: !"), "refused upgrade-invalid bad-accept"],
  ["no accept", (right) => right.replace(/Sec-WebSocket-Accept: .*\r\n/, ""), "refused upgrade-invalid bad-accept"],
  ["no upgrade", (right) => right.replace("Upgrade: websocket\r\n", ""), "refused upgrade-invalid bad-upgrade"],
  ["no connection", (right) => right.replace("Connection: Upgrade\r\n", ""), "refused upgrade-invalid bad-upgrade"],
  [
    "an extension we did not offer",
    (right) => right.replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
    "refused upgrade-invalid unasked-extension",
  ],
  [
    "a subprotocol we did not ask for",
    (right) => right.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"),
    "refused upgrade-invalid bad-subprotocol",
  ],
  ["no HTTP", () => "SSH-2.0-OpenSSH_9.2\r\n\r\n", "refused upgrade-invalid bad-head"],
  ["a header without colon", (right) => right.replace("Upgrade:", "Upgrade"), "refused upgrade-invalid bad-head"],
  [
    "a head without end",
    () => "HTTP/1.1 101 x\r\n".padEnd(mostHeadBytes + 5, "a"),
    "refused upgrade-invalid head-too-large",
  ],
  [
    "a head too long",
    (right) => right.replace("\r\n\r\n", `\r\nx: ${"y".repeat(mostHeadBytes)}\r\n\r\n`),
    "refused upgrade-invalid head-too-large",
  ],
];

for (const [name, answer, told] of refusals) {
  test(`refused: ${name}, however it is split`, () => {
    const at = (places: readonly number[]) => {
      return tell(make(), (protocol) =>
        cut(Buffer.from(answer(upgradeAnswer(protocol.greeting(0)).toString("latin1")), "latin1"), places),
      );
    };
    assert.deepEqual(at([]), [told]);
    fc.assert(
      fc.property(fc.array(fc.nat(70_000), { maxLength: 6 }), (places) => assert.deepEqual(at(places), [told])),
      { numRuns: 30 },
    );
  });
}

test("accepted: header names and tokens in any case, several connection tokens", () => {
  const told = tell(make(), (protocol) => {
    const answer = upgradeAnswer(protocol.greeting(0)).toString("latin1");
    return [
      Buffer.from(
        answer
          .replace("Upgrade: websocket", "uPGRADE:WebSocket")
          .replace("Connection: Upgrade", "CONNECTION: keep-alive, UPGRADE"),
      ),
    ];
  });
  assert.deepEqual(told, ["opened"]);
});

const interims: [name: string, answers: string][] = [
  ["100", "HTTP/1.1 100 Continue\r\n\r\n"],
  [
    "102 and 103, with fields",
    "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n",
  ],
];

for (const [name, answers] of interims) {
  test(`interim responses are skipped (${name}), however they are split`, () => {
    const told = (end: (greeting: Uint8Array) => Buffer, places: readonly number[]) =>
      tell(make(), (protocol) => cut(Buffer.concat([Buffer.from(answers), end(protocol.greeting(0))]), places));
    const length = answers.length + 200;
    for (let place = 0; place < length; place++) {
      assert.deepEqual(
        told((greeting) => Buffer.concat([upgradeAnswer(greeting), serverFrame(2, "abc")]), [place]),
        ["opened", "message 616263"],
      );
      assert.deepEqual(
        told(() => Buffer.from("HTTP/1.1 404 Not Found\r\n\r\n"), [place]),
        ["refused upgrade-rejected 404"],
      );
    }
  });
}

test("a 60 KiB head, bare line feeds and folded fields are accepted", () => {
  const told = (change: (right: string) => string) =>
    tell(make(), (protocol) => {
      const answer = Buffer.from(change(upgradeAnswer(protocol.greeting(0)).toString("latin1")), "latin1");
      return cut(answer, [20_000, 40_000, 60_000]);
    });
  assert.deepEqual(
    told((right) => right.replace("\r\n\r\n", `\r\nSet-Cookie: ${"x".repeat(60_000)}\r\n\r\n`)),
    ["opened"],
  );
  assert.deepEqual(
    told((right) => right.replaceAll("\r\n", "\n")),
    ["opened"],
  );
  assert.deepEqual(
    told((right) => right.replace("Connection: Upgrade", "Connection: keep-alive,\r\n  Upgrade")),
    ["opened"],
  );
});

test("repeated fields are sent repeatedly, and non-ASCII text as UTF-8", () => {
  const protocol = make({ headers: { "X-Note": ["Żółć €", "b"], "x-note": "\u010d\u010aEvil: yes" } })({} as Wire);
  const lines = Buffer.from(protocol.greeting(0)).toString("utf8").split("\r\n");
  assert.deepEqual(
    lines.filter((line) => /note|^evil/i.test(line)),
    ["x-note: Żółć €", "x-note: b", "x-note: \u010d\u010aEvil: yes"],
  );
});

test("a client that offers subprotocols must be given one of them", () => {
  const asked = { subprotocols: ["hf.v1", "hf.v2"] };
  const answered = (extra: string) => tell(make(asked), (protocol) => [upgradeAnswer(protocol.greeting(0), extra)]);
  assert.deepEqual(answered("Sec-WebSocket-Protocol: hf.v2\r\n"), ["opened"]);
  assert.deepEqual(answered("Sec-WebSocket-Protocol: hf.v3\r\n"), ["refused upgrade-invalid bad-subprotocol"]);
  assert.deepEqual(answered(""), ["refused upgrade-invalid bad-subprotocol"]);
});

test("the request contains host, path, version, subprotocols and the user's headers", () => {
  const protocol = make({ subprotocols: ["a", "b"], headers: { Authorization: "Bearer x", HOST: "other" } })(
    {} as Wire,
  );
  const lines = Buffer.from(protocol.greeting(3)).toString("latin1").split("\r\n");
  assert.equal(lines[0], "GET /push?x=1 HTTP/1.1");
  assert.deepEqual(lines.slice(-2), ["", ""]);
  for (const line of [
    "host: other",
    "authorization: Bearer x",
    "sec-websocket-protocol: a, b",
    "sec-websocket-version: 13",
    "upgrade: websocket",
  ]) {
    assert.ok(lines.includes(line), line);
  }
  assert.match(lines.find((line) => line.startsWith("sec-websocket-key: "))!, /: [A-Za-z0-9+/]{22}==$/);
});
