import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ToShard } from "../../clients/generator/plan.ts";
import type { ShardGroup, ShardListener } from "../../clients/run/coordinate/local-shards.ts";
import type { ClockReading } from "./clock-reading.ts";
import { controlLostMs, HeldShard } from "./held-shard.ts";
import type { OrdersDocument, ShardJob } from "./shard-documents.ts";

const clock: ClockReading = { machine: "here", offset: { seconds: 0, nanoseconds: 0 }, boundNs: 0 };
const vitals = { rssMiB: 1, cpuSeconds: 0, fds: 1, maxFds: 1, loopDelayMs: 0 };
const job = { run: "run", control: "c", plan: { shard: 2, engine: { endpoints: [], slots: 5 } } } as unknown as ShardJob;

function held() {
  const told: ToShard[] = [];
  let listener: ShardListener | null = null;
  const group: ShardGroup = {
    pids: [],
    prepare: async (_plans, own) => {
      listener = own;
    },
    tell: (message) => told.push(message),
    kill: () => {},
  };
  const pipeline = { set: () => pipeline, publish: () => pipeline, exec: async () => [] };
  const shard = new HeldShard(job, "agent", { pipeline: () => pipeline } as never, () => clock, 0, group);
  return { shard, told, ready: () => listener?.message({ type: "ready", shard: 2, pid: 1, vitals }) };
}

const orders = (beat: number, told: OrdersDocument["told"] = [], isOver = false): OrdersDocument => ({ run: "run", beat, clock, told, eventsSeen: {}, isOver });
const start = { sequence: 1, shard: null, message: { type: "start", atNs: 5 } } as const;

describe("a shard an agent holds", () => {
  it("is told each order once, however often the document comes, and none that is another's", async () => {
    const { shard, told, ready } = held();
    await shard.prepare();
    const other = { sequence: 2, shard: 1, message: { type: "stop" } } as const;
    const own = { sequence: 3, shard: 2, message: { type: "stop" } } as const;
    shard.follow(orders(1, [start]), 0);
    assert.deepEqual(told, [], "nobody is told before there is a process");
    ready();
    shard.follow(orders(2, [start]), 0);
    shard.follow(orders(2, [start]), 0);
    shard.follow(orders(3, [start, other, own]), 0);
    assert.deepEqual(told, [start.message, own.message]);
  });

  it("is let go when its run is over", () => {
    assert.equal(held().shard.follow(orders(1, [], true), 0), false);
  });

  it("is let go when its control says nothing new for too long, whether Redis still has its words or not", () => {
    const { shard } = held();
    assert.equal(shard.follow(orders(7), 1000), true);
    assert.equal(shard.follow(orders(7), 1000 + controlLostMs), true);
    assert.equal(shard.follow(orders(7), 1001 + controlLostMs), false);
    assert.equal(held().shard.follow(null, controlLostMs + 1), false);
    assert.equal(held().shard.follow(null, controlLostMs - 1), true);
  });
});
