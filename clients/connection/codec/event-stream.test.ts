import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EventStream, type EventStreamOptions } from "./event-stream.ts";
import { LastEvents, mostIdBytes } from "./last-events.ts";

interface Told {
  name: string;
  data: string;
  isLast: boolean;
}

/** The events of a stream that arrives in these chunks. */
function read(pieces: readonly Buffer[], options: Partial<EventStreamOptions> = {}, tellsUnfinished = false) {
  const told: Told[] = [];
  const lastEvents = new LastEvents(1);
  const stream = new EventStream(
    { slots: 1, maxEventBytes: 1000, readsNames: true, lastEvents, ...options },
    (_slot, bytes, start, end, isLast) => {
      told.push({ name: stream.name, data: bytes.toString("utf8", start, end), isLast });
      return true;
    },
  );
  const goesOn = pieces.every((piece) => stream.take(0, piece, 0, piece.length, true));
  if (goesOn) stream.finish(0, tellsUnfinished);
  return { told, goesOn, id: lastEvents.say(0), retryMs: lastEvents.retryMs(0), counts: lastEvents.counts };
}

/** The standard's algorithm on a whole text, implemented again without chunking. */
function reference(text: string): { name: string; data: string }[] {
  const events: { name: string; data: string }[] = [];
  let [name, data, hasData] = ["", "", false];
  for (const line of text
    .replace(/^\u{feff}/u, "")
    .split(/\r\n|\n|\r/)
    .slice(0, -1)) {
    if (line === "") {
      if (hasData) events.push({ name, data: data.slice(0, -1) });
      [name, data, hasData] = ["", "", false];
    }
    const [field, value] = line.includes(":")
      ? [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).replace(/^ /, "")]
      : [line, ""];
    if (field === "event") name = value;
    if (field === "data") [data, hasData] = [`${data}${value}\n`, true];
  }
  return events;
}

const piecesOf = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    Buffer.from(bytes.subarray(i * size, (i + 1) * size)),
  );

test("any mix of lines and line endings is parsed as the standard requires, however it is split", () => {
  const line = fc.constantFrom(
    "",
    "",
    "data: a",
    "data:b",
    "data",
    "data:  ✓",
    "dat",
    "datax: y",
    ":",
    ": comment",
    "event: e",
    "id: 7",
    "retry: 5",
    "x",
    "\u{feff}",
  );
  const end = fc.constantFrom("\n", "\r", "\r\n");
  const text = fc.array(fc.tuple(line, end), { maxLength: 25 }).map((lines) => lines.flat().join(""));
  fc.assert(
    fc.property(text, fc.boolean(), fc.integer({ min: 1, max: 12 }), (body, hasMark, size) => {
      // A CR at the very end may be half of a line ending; the reference treats it as complete, like the parser.
      const whole = `${hasMark ? "\u{feff}" : ""}${body}`;
      const { told } = read(piecesOf(Buffer.from(whole), size));
      assert.deepEqual(
        told.map(({ name, data }) => ({ name, data })),
        reference(whole),
      );
    }),
    { numRuns: 500 },
  );
});

test("names apply to one event, ids and retry times to the stream", () => {
  const { told, id, retryMs } = read([
    Buffer.from("event: one\nid: 7\nretry: 250\ndata: a\n\ndata: b\nretry: soon\nid: x\0y\n\nid\n\n"),
  ]);
  assert.deepEqual(
    told.map(({ name, data }) => [name, data]),
    [
      ["one", "a"],
      ["", "b"],
    ],
  );
  assert.equal(retryMs, 250);
  assert.equal(id, "", "an id without a value takes the last one back");
});

test("an id takes effect once its event is complete, may be split anywhere, and is dropped when too long", () => {
  const body = Buffer.from("id: 41\ndata: a\n\nid: 42\n\ndata: b\n\nid: 43\ndata: c\n");
  for (let size = 1; size <= body.length; size++) {
    const { id, counts } = read(piecesOf(body, size));
    assert.deepEqual([id, counts.eventsNumbered, counts.eventsLost], ["42", 2, 0], `in pieces of ${size}`);
  }
  const [kept, tooLong] = [mostIdBytes, mostIdBytes + 1].map((length) =>
    "é".repeat(length / 2).padEnd(length - mostIdBytes / 2, "x"),
  );
  for (const [sent, shown] of [
    [kept!, kept!],
    [tooLong!, ""],
  ] as const) {
    const { id, counts } = read(piecesOf(Buffer.from(`id: 1\ndata\n\nid: ${sent}\ndata\n\n`), 100));
    assert.deepEqual([id, counts.eventIdsTooLong], [shown, shown === "" ? 1 : 0]);
  }
});

test("an event without its empty line is delivered only on request", () => {
  for (const tail of ["data: a\ndata: b", "data: a\ndata: b\n", "data: a\r\ndata: b\r"]) {
    assert.deepEqual(read([Buffer.from(tail)]).told, []);
    assert.deepEqual(read([Buffer.from(tail)], {}, true).told, [{ name: "", data: "a\nb", isLast: true }]);
  }
});

test("comments and unknown fields may be of any length, data is limited", () => {
  const endless = (start: string): Buffer[] => [
    Buffer.from(start),
    ...Array.from({ length: 50 }, () => Buffer.alloc(1000, "x")),
  ];
  const tail = Buffer.from("\ndata: a\n\n");
  for (const start of [":", ": ", "x", "datax", "other: "])
    assert.deepEqual(read([...endless(start), tail]).told.length, 1, start);
  for (const start of ["data:", "data: a\ndata: "]) assert.equal(read([...endless(start), tail]).goesOn, false, start);
  assert.equal(read([...endless("event: "), tail]).goesOn, false);
  assert.equal(read([...endless("event: "), tail], { readsNames: false }).told.length, 1);
});

test("a message is the last of its read only when nothing follows it", () => {
  assert.deepEqual(
    read([Buffer.from("data: a\r\n\r\ndata: b\r\n\r\n")]).told.map(({ isLast }) => isLast),
    [false, true],
  );
});

test("a stream that is restarted during an event callback leaves nothing behind", () => {
  const told: string[] = [];
  const stream: EventStream = new EventStream({ slots: 1, maxEventBytes: 100 }, (slot, bytes, start, end) => {
    told.push(bytes.toString("utf8", start, end));
    if (told.length === 1) stream.reset(slot);
    return true;
  });
  const piece = Buffer.from("data: a\n\ndata: b\n\ndata: c");
  assert.equal(stream.take(0, piece, 0, piece.length, true), true);
  const next = Buffer.from("data: d\n\n");
  stream.take(0, next, 0, next.length, true);
  assert.deepEqual(told, ["a", "d"]);
});

test("an event received in one piece is not copied", () => {
  const piece = Buffer.from(": note\ndata: whole\n\n");
  const places: [Buffer, number, number][] = [];
  const stream = new EventStream({ slots: 1, maxEventBytes: 1000 }, (_slot, bytes, start, end) => {
    places.push([bytes, start, end]);
    return true;
  });
  assert(stream.take(0, piece, 0, piece.length, true));
  assert.equal(places[0]![0], piece);
  assert.deepEqual(places[0]!.slice(1), [13, 18]);
});
