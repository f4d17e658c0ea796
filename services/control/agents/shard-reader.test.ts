import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { FromShard } from "../../../clients/generator/plan.ts";
import { Tally } from "../../../clients/measure/tally.ts";
import { toWire } from "../../../clients/measure/tally-wire.ts";
import { RunTotals } from "../../../clients/run/coordinate/totals.ts";
import type { ClockReading } from "../../agent/clock-reading.ts";
import { convertNs } from "../../agent/clock-reading.ts";
import { DocumentWriter } from "../../agent/document-writer.ts";
import { emptyDocument, type ShardDocument, withMessage, withoutSeen } from "../../agent/shard-documents.ts";
import { ShardReader } from "./shard-reader.ts";

const clock: ClockReading = { machine: "here", offset: { seconds: 100, nanoseconds: 0 }, boundNs: 0 };
const vitals = { rssMiB: 1, cpuSeconds: 1, fds: 1, maxFds: 1, loopDelayMs: 0 };

/** What a shard tells in `seconds`, and the tally it ends with. */
function story(seconds: number): { messages: FromShard[]; total: Tally } {
  const tally = new Tally();
  tally.counts.planned = 10;
  const messages: FromShard[] = [{ type: "ready", shard: 0, pid: 1, vitals }];
  const sent = new Map();
  for (let second = 0; second < seconds; second++) {
    tally.counts.received += 10;
    if (second % 2 === 0) tally.histogram("push").recordUs(second * 100, 10);
    messages.push({
      type: "tally",
      shard: 0,
      sequence: second,
      atNs: second * 1e9,
      tally: toWire(tally, sent),
      vitals,
    });
    messages.push({
      type: "events",
      shard: 0,
      events: [{ atNs: second, what: "closed", connection: second, endpoint: 0, cause: "eof" }],
    });
  }
  messages.push({ type: "done", shard: 0, tally: toWire(tally), vitals });
  return { messages, total: tally };
}

describe("a shard read through its documents", () => {
  it("ends with its exact tally and each event once, whichever documents are lost or repeated", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.constantFrom("seen", "lost", "twice"), { minLength: 30, maxLength: 30 }),
        (seconds, fates) => {
          const { messages, total } = story(seconds);
          const reader = new ShardReader(0);
          const totals = new RunTotals([10]);
          const events: number[] = [];
          const take = (document: ShardDocument): void => {
            for (const message of reader.read(structuredClone(document), clock).messages) {
              if (message.type === "tally") totals.take(0, message.tally, message.vitals, false);
              if (message.type === "done") totals.take(0, message.tally, message.vitals, true);
              if (message.type === "events") events.push(...message.events.map(({ connection }) => connection));
            }
          };
          let document = emptyDocument(0, "agent", clock);
          let nextEvent = 1;
          messages.forEach((message, index) => {
            document = withMessage(document, message, nextEvent);
            if (message.type === "events") nextEvent += message.events.length;
            const fate = index === messages.length - 1 ? "twice" : fates[index];
            if (fate !== "lost") take(document);
            if (fate === "twice") take(document);
            document = withoutSeen(document, reader.eventsSeen);
          });
          assert.deepEqual(
            events,
            Array.from({ length: seconds }, (_, i) => i),
          );
          assert.equal(totals.isOver, true);
          assert.equal(totals.sum("received"), total.counts.received);
          assert.equal(totals.merged().histograms.push?.count, total.histograms.push?.count);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("ignores an agent that does not have the shard", () => {
    const reader = new ShardReader(0);
    reader.read({ ...emptyDocument(0, "one", clock), ready: { pid: 1, vitals } }, clock);
    assert.deepEqual(reader.read({ ...emptyDocument(0, "two", clock), isRamped: true }, clock).messages, []);
  });

  it("reports the end of a shard that did not complete, once", () => {
    const reader = new ShardReader(0);
    const document = { ...emptyDocument(0, "one", clock), ended: { text: "gone", isFailure: false } };
    assert.equal(reader.read(document, clock).ended?.text, "gone");
    assert.equal(reader.read(document, clock).ended, null);
  });
});

describe("instants between machines", () => {
  it("are exact on one machine, and converted through the shared clock between two", () => {
    const there: ClockReading = { machine: "there", offset: { seconds: 40, nanoseconds: 250 }, boundNs: 0 };
    assert.equal(convertNs(123, clock, clock), 123);
    assert.equal(convertNs(0, clock, there), 60e9 - 250);
    assert.equal(convertNs(convertNs(7e9, clock, there), there, clock), 7e9);
  });
});

describe("a slow Redis", () => {
  it("gets fewer writes, one at a time, and the newest last", async () => {
    const written: string[] = [];
    const answers: (() => void)[] = [];
    const pipeline = {
      set: (_key: string, text: string) => {
        written.push(text);
        return pipeline;
      },
      publish: () => pipeline,
      exec: () => new Promise<void>((resolve) => answers.push(resolve)),
    };
    const writer = new DocumentWriter({ pipeline: () => pipeline } as never, "key", 1000, { channel: "c", text: "t" });
    for (let i = 0; i < 100; i++) writer.write(() => String(i));
    assert.deepEqual(written, ["0"]);
    answers.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(written, ["0", "99"]);
    answers.shift()?.();
  });
});
