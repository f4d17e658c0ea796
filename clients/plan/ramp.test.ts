import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { rampDue, rampDueAtMs, rampMs } from "./ramp.ts";
import { connectionNumber, loopbackSources, shardCount, shareOf } from "./shard.ts";

const planned = fc.integer({ min: 1, max: 200_000 });
const shards = fc.integer({ min: 1, max: 200 });
const perSecond = fc.double({ min: 0.5, max: 50_000, noNaN: true });

test("the shards' due connections add up to the plan at every instant", () => {
  fc.assert(
    fc.property(
      planned,
      shards,
      perSecond,
      fc.double({ min: -10, max: 400_000, noNaN: true }),
      (total, count, rate, elapsedMs) => {
        const due = rampDue(total, rate, elapsedMs);
        const parts = Array.from({ length: count }, (_, shard) => shareOf(due, shard, count));
        assert.equal(
          parts.reduce((sum, part) => sum + part, 0),
          due,
        );
      },
    ),
  );
});

test("10,001 connections over 4 shards open 10,001, no shard more than one above another", () => {
  const parts = [0, 1, 2, 3].map((shard) => shareOf(10_001, shard, 4));
  assert.deepEqual(parts, [2501, 2500, 2500, 2500]);
});

test("every connection number belongs to exactly one slot of one shard", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 40 }), (total, count) => {
      const numbers = Array.from({ length: count }, (_, shard) =>
        Array.from({ length: shareOf(total, shard, count) }, (_, slot) => connectionNumber(slot, shard, count)),
      ).flat();
      assert.deepEqual(
        numbers.sort((a, b) => a - b),
        Array.from({ length: total }, (_, i) => i),
      );
    }),
  );
});

test("a ramp starts nothing early, one connection at its start, and all of them by its end", () => {
  fc.assert(
    fc.property(planned, perSecond, (total, rate) => {
      assert.equal(rampDue(total, rate, -0.001), 0);
      assert.equal(rampDue(total, rate, 0), 1);
      assert.equal(rampDue(total, rate, rampMs(total, rate) + 0.001), total);
    }),
  );
});

test("a ramp never starts a connection before it is due, and never goes back", () => {
  fc.assert(
    fc.property(
      planned,
      perSecond,
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      (total, rate, a, b) => {
        const due = rampDue(total, rate, a);
        assert.ok(rampDueAtMs(due - 1, rate) <= a + 1e-6);
        assert.ok(rampDue(total, rate, Math.max(a, b)) >= rampDue(total, rate, Math.min(a, b)));
      },
    ),
  );
});

test("shards stay within their size and their descriptors", () => {
  assert.equal(shardCount(45_000, 20_000), 3);
  assert.equal(shardCount(15_000, 20_000), 1);
  assert.equal(shardCount(15_001, 20_000), 2);
  assert.equal(shardCount(1000, 256), 6);
  fc.assert(
    fc.property(planned, fc.integer({ min: 128, max: 1_000_000 }), (total, limit) => {
      const count = shardCount(total, limit);
      assert.ok(shareOf(total, 0, count) <= Math.min(15_000, limit - 64));
    }),
  );
});

test("a second source address is used before half of the ports towards a destination are taken", () => {
  assert.deepEqual(loopbackSources(10_000, 1, 28_232), []);
  assert.deepEqual(loopbackSources(15_000, 1, 28_232), ["127.0.0.1", "127.0.0.2"]);
  assert.equal(loopbackSources(45_000, 3, 28_232).length, 2);
  assert.equal(new Set(loopbackSources(10_000_000, 1, 28_232)).size, loopbackSources(10_000_000, 1, 28_232).length);
});
