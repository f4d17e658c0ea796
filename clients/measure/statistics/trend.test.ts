import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { noise } from "../testing/soak-simulation.ts";
import { blockTrend } from "./block-trend.ts";
import { dependenceWidening, quantileLimits, quantileOf } from "./bootstrap.ts";
import { seededRandom } from "./seeded-random.ts";
import { blocksOf, lagOne, mannKendall, theilSen } from "./trend.ts";

test("Kendall's S and its tie-corrected variance, by hand", () => {
  assert.deepEqual(mannKendall([1, 2, 3, 4, 5]), { s: 10, variance: 50 / 3, z: 9 / Math.sqrt(50 / 3) });
  assert.equal(mannKendall([5, 4, 3, 2, 1]).s, -10);
  assert.equal(mannKendall([1, 1, 2, 2]).variance, (4 * 3 * 13 - 2 * (2 * 1 * 9)) / 18);
  assert.deepEqual(mannKendall([7, 7, 7]), { s: 0, variance: 0, z: 0 });
});

test("a straight line's slope is its own estimate and limits", () => {
  fc.assert(
    fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 12, max: 60 }), (slope, count) => {
      const at = Array.from({ length: count }, (_, index) => index * 10);
      const found = theilSen([{ atMs: at, values: at.map((x) => 3 + slope * x) }]);
      assert.deepEqual(found, { estimate: slope, lower: slope, upper: slope });
    }),
  );
});

test("the slope's limits hold the truth in about 95 % of independent series", () => {
  const random = seededRandom(3);
  const at = Array.from({ length: 40 }, (_, index) => index);
  let held = 0;
  for (let run = 0; run < 400; run += 1) {
    const plain = noise(40, 0, random);
    const found = theilSen([{ atMs: at, values: Array.from(plain, (value, index) => value + 0.1 * index) }]);
    if (found && found.lower <= 0.1 && found.upper >= 0.1) held += 1;
  }
  assert.ok(held >= 365 && held <= 395, `${held} of 400`);
});

test("a third of outliers hardly moves the slope", () => {
  const at = Array.from({ length: 60 }, (_, index) => index);
  const found = theilSen([{ atMs: at, values: at.map((x) => (x % 4 === 0 ? 1e6 : 2 * x)) }]);
  assert.ok(found && found.estimate > 1 && found.estimate < 3, `${found?.estimate}`);
});

test("too few points give no slope, too many are rejected", () => {
  assert.equal(theilSen([{ atMs: [1, 2, 3], values: [1, 2, 3] }]), null);
  const many = Array.from({ length: 2000 }, (_, index) => index);
  assert.throws(() => theilSen([{ atMs: many, values: many }]), /at most 1500 points/);
});

test("lag-1 correlation is recovered", () => {
  for (const correlation of [0, 0.5, 0.9]) {
    const found = lagOne(noise(50_000, correlation, seededRandom(5)));
    assert.ok(Math.abs(found - correlation) < 0.02, `${correlation}: ${found}`);
  }
  assert.equal(lagOne([4, 4, 4, 4]), 0);
});

test("blocks have equal spans, and statistics of their own samples", () => {
  const series = { atMs: [0, 1, 2, 3, 4, 5, 6, 7], values: [5, 1, 9, 3, 8, 2, 7, 7] };
  assert.deepEqual(blocksOf(series, 4, "minimum"), { atMs: [1, 3, 5, 7], values: [1, 3, 2, 7], blockMs: 2 });
  assert.deepEqual(blocksOf(series, 2, "median").values, [4, 7]);
  const gap = { atMs: [0, 1, 2, 97, 98, 99], values: [1, 2, 3, 4, 5, 6] };
  assert.deepEqual(blocksOf(gap, 4, "minimum").values, [1, 4]);
});

test("blocks are as short as their correlation allows, and at least twelve", () => {
  const series = (correlation: number) => {
    const values = noise(3600, correlation, seededRandom(8));
    return { atMs: Array.from(values, (_, index) => index * 1000), values };
  };
  const independent = blockTrend(series(0), "minimum");
  const slow = blockTrend(series(0.99), "minimum");
  assert.ok(independent && slow);
  assert.ok(independent.blocks > slow.blocks && slow.blocks >= 12, `${independent.blocks}, ${slow.blocks}`);
  assert.ok(independent.lagOne < 0.3 && !independent.dependent);
  assert.equal(blockTrend({ atMs: [1, 2, 3], values: [1, 2, 3] }, "minimum"), null);
  const wandering = blockTrend(series(0.9999), "minimum");
  assert.ok(wandering === null || wandering.blocks >= 12);
});

test("a million samples need a single pass", () => {
  const count = 1_000_000;
  const atMs = Float64Array.from({ length: count }, (_, index) => index * 1000);
  const values = noise(count, 0.9, seededRandom(9));
  for (let index = 0; index < count; index += 1) values[index] = (values[index] ?? 0) + (100 * index) / count;
  const found = blockTrend({ atMs, values }, "minimum");
  assert.ok(found && Math.abs(found.slope.estimate * count * 1000 - 100) < 1);
});

test("percentile limits come from the ranks n q -/+ 1.96 sqrt(n q (1 - q)), or from nowhere", () => {
  const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
  assert.deepEqual(quantileLimits(sorted, 0.5), { estimate: 50, lower: 40, upper: 60 });
  assert.equal(quantileLimits(sorted, 0.99), null);
  assert.equal(quantileOf(sorted, 0.99), 99);
  let held = 0;
  const random = seededRandom(2);
  for (let run = 0; run < 500; run += 1) {
    const found = quantileLimits(Float64Array.from({ length: 1000 }, random).sort(), 0.9);
    if (found && found.lower <= 0.9 && found.upper >= 0.9) held += 1;
  }
  assert.ok(held > 455 && held < 495, `${held} of 500`);
});

test("the same seed gives the same numbers, and dependence only widens", () => {
  const draw = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
  assert.equal(dependenceWidening(-0.5, 100), 1);
  assert.ok(dependenceWidening(0.9, 100) > 4);
});
