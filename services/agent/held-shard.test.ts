import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FromShard, ToShard } from "../../clients/generator/plan.ts";
import type { ShardGroup, ShardListener } from "../../clients/run/coordinate/local-shards.ts";
import type { ClockReading } from "./clock-reading.ts";
import { drainAfterMs, endAfterMs, HeldShard } from "./held-shard.ts";
import { Seal } from "./seal.ts";
import type { OrdersDocument, ShardDocument, ShardJob } from "./shard-documents.ts";

const clock: ClockReading = { machine: "here", offset: { seconds: 0, nanoseconds: 0 }, boundNs: 0 };
const vitals = { rssMiB: 1, cpuSeconds: 0, fds: 1, maxFds: 1, loopDelayMs: 0 };
const job = {
  run: "run",
  control: "c",
  plan: { shard: 2, engine: { endpoints: [], slots: 5 } },
} as unknown as ShardJob;

function held(asked: ShardJob = job) {
  const told: ToShard[] = [];
  const documents: ShardDocument[] = [];
  let listener: ShardListener | null = null;
  const group: ShardGroup = {
    pids: [],
    prepare: async (_plans, own) => {
      listener = own;
    },
    tell: (message) => told.push(message),
    kill: () => {},
  };
  const pipeline = {
    set: (_key: string, text: string) => {
      documents.push(JSON.parse(text));
      return pipeline;
    },
    publish: () => pipeline,
    exec: async () => [],
  };
  const holder = {
    agent: "agent",
    redis: { pipeline: () => pipeline } as never,
    seal: new Seal(null),
    clock: () => clock,
  };
  const shard = new HeldShard(asked, holder, 0, group);
  const says = (message: FromShard): void => listener?.message(message);
  return { shard, told, documents, says, ready: () => says({ type: "ready", shard: 2, pid: 1, vitals }) };
}

const orders = (beat: number, told: OrdersDocument["told"] = [], isOver = false): OrdersDocument => ({
  run: "run",
  beat,
  clock,
  told,
  eventsSeen: {},
  isOver,
});
const start = { sequence: 1, shard: null, message: { type: "start", atNs: 5 } } as const;

describe("a shard held by an agent", () => {
  it("loads no protocol from a file, whoever asks for it", async () => {
    const asked = structuredClone(job);
    asked.plan.engine.protocolModule = "/tmp/mine.js";
    const { shard, documents } = held(asked);
    await shard.prepare();
    assert.match(documents.at(-1)?.ended?.text ?? "", /agents do not load protocols from files/);
  });

  it("gets each order once, however often the document arrives, and none meant for others", async () => {
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

  it("is released when its run is over", () => {
    const { shard } = held();
    assert.equal(shard.isHeld(0), true);
    shard.follow(orders(1, [], true), 0);
    assert.equal(shard.isHeld(0), false);
  });

  it("is released when its control service is silent for too long, even if Redis still has its orders", () => {
    const { shard } = held();
    shard.follow(orders(7), 1000);
    shard.follow(orders(7), 1000 + endAfterMs);
    assert.equal(shard.isHeld(1000 + endAfterMs), true);
    assert.equal(shard.isHeld(1001 + endAfterMs), false);
    assert.equal(held().shard.isHeld(endAfterMs + 1), false, "of whom it never heard");
    assert.ok(endAfterMs < 30_000, "half a minute, with a second for the timer");
  });

  it("is not kept alive by replayed orders", () => {
    const { shard, told, ready } = held();
    void shard.prepare();
    ready();
    shard.follow(orders(7), 0);
    shard.follow(orders(6, [start]), endAfterMs);
    shard.follow(orders(7), endAfterMs);
    assert.equal(shard.isHeld(endAfterMs + 1), false);
    assert.deepEqual(
      told.filter(({ type }) => type === "start"),
      [],
    );
  });

  it("closes its connections first, and its document says so: it does not look like a regular end", async () => {
    const { shard, told, documents, ready, says } = held();
    await shard.prepare();
    ready();
    assert.equal(shard.isHeld(drainAfterMs), true);
    assert.deepEqual(told, []);
    assert.equal(shard.isHeld(drainAfterMs + 1), true);
    assert.equal(shard.isHeld(drainAfterMs + 2), true);
    assert.deepEqual(told, [{ type: "stop" }], "once");
    says({ type: "done", shard: 2, tally: { counts: {}, causes: {}, codes: {}, histograms: {} }, vitals });
    shard.tell();
    await new Promise((resolve) => setImmediate(resolve));
    const last = documents.at(-1);
    assert.deepEqual([last?.isDone, last?.ended?.isFailure], [false, false]);
    assert.match(last?.ended?.text ?? "", /the service sent nothing for 24 s/);
  });
});
