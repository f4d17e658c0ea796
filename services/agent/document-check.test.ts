import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ToShard } from "../../clients/generator/plan.ts";
import { ConversationTally } from "../../clients/measure/conversation-tally.ts";
import { LastReceivers } from "../../clients/measure/last-receivers.ts";
import { Tally } from "../../clients/measure/tally.ts";
import { toWire } from "../../clients/measure/tally-wire.ts";
import type { ClockReading } from "./clock-reading.ts";
import { readOrders, readShard } from "./document-check.ts";
import { Seal } from "./seal.ts";
import { emptyDocument, withMessage } from "./shard-documents.ts";

const clock: ClockReading = { machine: "here", offset: { seconds: 0, nanoseconds: 0 }, boundNs: 0 };
const seal = new Seal(null);

/** One of every order sent to prepared shards. */
const orders: Record<Exclude<ToShard["type"], "prepare">, ToShard> = {
  start: { type: "start", atNs: 1 },
  hold: { type: "hold", startNs: 1, endNs: 2 },
  "target-died": { type: "target-died", endpoint: 0 },
  "shard-died": { type: "shard-died", shard: 3, atNs: 5 },
  stop: { type: "stop" },
};

describe("documents in Redis", () => {
  it("may contain every order", () => {
    const told = Object.values(orders).map((message, sequence) => ({ sequence, shard: null, message }));
    const text = JSON.stringify({ run: "run", beat: 1, clock, told, eventsSeen: {}, isOver: false });
    assert.deepEqual(readOrders(text, "run", seal).told, told);
    const foreign = JSON.stringify({
      run: "run",
      beat: 1,
      clock,
      told: [{ sequence: 0, shard: null, message: { type: "prepare" } }],
      eventsSeen: {},
      isOver: false,
    });
    assert.throws(() => readOrders(foreign, "run", seal));
  });

  it("may contain all counts of a conversation, and nothing that only resembles them", () => {
    const tally = new Tally();
    tally.unnumbered = "hello";
    tally.conversation = new ConversationTally(1, 1, 1);
    tally.conversation.rooms = { "0:3": [0, 1, 5, -1] };
    tally.conversation.unsent = [{ publish: 0, publisher: 1, from: 2, to: 3 }];
    tally.conversation.lastReceivers = [new LastReceivers(4), null];
    const document = withMessage(
      emptyDocument(0, "agent", clock),
      {
        type: "done",
        shard: 0,
        tally: toWire(tally),
        vitals: { rssMiB: 1, cpuSeconds: 0, fds: 1, maxFds: 1, loopDelayMs: 0 },
      },
      1,
    );
    const read = readShard(JSON.stringify(document), "run", 0, seal);
    assert.deepEqual(read.tally?.tally.conversation?.rooms, { "0:3": [0, 1, 5, -1] });
    const broken = structuredClone(document);
    broken.tally!.tally.conversation!.lastReceivers = ["not base64!"];
    assert.throws(() => readShard(JSON.stringify(broken), "run", 0, seal));
  });
});
