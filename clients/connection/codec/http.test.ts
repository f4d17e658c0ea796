import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type AnswerCase, answerCases } from "../testing/http-corpus.ts";
import { cut, RecordingWire } from "../testing/recording-wire.ts";
import { HttpProtocol } from "./http.ts";
import { encodeHttpRequest } from "./http-request.ts";
import { Leftovers } from "./leftovers.ts";

/** Feeds chunks as an engine does, each copied to the same buffer, and records the callbacks. */
function tell(
  pieces: readonly Buffer[],
  { ends = false, isHead = false }: Pick<AnswerCase, "ends" | "isHead">,
): { told: string[]; isInside: boolean } {
  const wire = new RecordingWire();
  const codec = new HttpProtocol({ slots: 1, maxMessageBytes: 65_536, isHead }, wire);
  wire.message = (_slot: number, bytes: Buffer, start: number, end: number): void => {
    wire.told.push(`${codec.status} ${bytes.toString("latin1", start, end)}${codec.closes ? " closes" : ""}`);
  };
  const leftovers = new Leftovers();
  const buffer = Buffer.alloc(65_536, 0x0a);
  for (const piece of pieces) {
    if (wire.isOver) break;
    piece.copy(buffer);
    const isContinued = leftovers.has(0);
    const whole = isContinued ? leftovers.append(0, buffer, piece.length) : buffer;
    if (whole === null) continue;
    const end = isContinued ? whole.length : piece.length;
    const stopped = codec.take(0, whole, 0, end);
    assert.ok(stopped >= 0 && stopped <= end);
    if (stopped < end) {
      assert.ok(codec.needs > end - stopped);
      leftovers.keep(0, whole, stopped, end, codec.needs);
    } else leftovers.delete(0);
  }
  if (ends && !wire.isOver) codec.finish(0);
  codec.reset(0);
  return {
    told: wire.told.map((line) => line.replace(/^violation (\S+).*/, "violation $1")),
    isInside: codec.endedInside,
  };
}

for (const answer of answerCases) {
  test(`${answer.name}: parsed the same however it is split`, () => {
    const bytes = Buffer.from(answer.bytes, "latin1");
    assert.deepEqual(tell([bytes], answer).told, answer.told);
    const places =
      bytes.length > 2000
        ? [1, 9, 17, 1000, 16_383, 16_384, 16_385]
        : Array.from({ length: bytes.length }, (_, place) => place);
    for (const place of places)
      assert.deepEqual(tell(cut(bytes, [place]), answer).told, answer.told, `cut at ${place}`);
    if (bytes.length <= 2000) assert.deepEqual(tell(cut(bytes, places), answer).told, answer.told, "byte by byte");
  });
}

test("a truncated response is distinguished from a close between two responses", () => {
  const bytes = Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nabcd");
  for (let length = 1; length < bytes.length; length++)
    assert.ok(tell([bytes.subarray(0, length)], {}).isInside, `after ${length} bytes`);
  assert.equal(tell([bytes], {}).isInside, false);
  assert.ok(
    tell([Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n")], { ends: true }).isInside,
  );
});

test("arbitrary bytes never throw, and are parsed the same however they are split", () => {
  const word = fc.constantFrom(
    "HTTP/1.1 200 OK\r\n",
    "content-length: 3\r\n",
    "transfer-encoding: chunked\r\n",
    "\r\n",
    "abc",
    "3\r\nabc\r\n",
    "0\r\n\r\n",
    "x",
    ":",
    " ",
  );
  const bytes = fc.oneof(
    fc.array(word, { maxLength: 12 }).map((words) => Buffer.from(words.join(""))),
    fc.uint8Array({ maxLength: 200 }).map((all) => Buffer.from(all)),
  );
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(200), { maxLength: 20 }), (all, places) => {
      assert.deepEqual(tell(cut(all, places), {}), tell(all.length === 0 ? [] : [all], {}));
    }),
    { numRuns: 2000 },
  );
});

test("an unwanted body is counted but not kept", () => {
  const wire = new RecordingWire();
  const codec = new HttpProtocol({ slots: 1, maxMessageBytes: 16, wantsBody: () => false }, wire);
  const told: string[] = [];
  wire.message = (_slot, _bytes, start, end): void => void told.push(`${codec.status} ${codec.hasBody} ${end - start}`);
  codec.take(0, Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc"), 0, 41);
  codec.take(0, Buffer.from("def"), 0, 3);
  assert.deepEqual(told, ["200 false 0"]);
});

test("a request with a body has its length, and custom headers replace defaults", () => {
  const request = encodeHttpRequest({
    method: "POST",
    path: "/a?b=c",
    host: "x:80",
    headers: { Host: "other", "X-A": "1" },
    body: "äb",
  });
  assert.equal(request.toString(), "POST /a?b=c HTTP/1.1\r\nhost: other\r\ncontent-length: 3\r\nx-a: 1\r\n\r\näb");
  assert.equal(
    encodeHttpRequest({ method: "GET", path: "/", host: "h", headers: {}, body: null }).toString(),
    "GET / HTTP/1.1\r\nhost: h\r\n\r\n",
  );
});
