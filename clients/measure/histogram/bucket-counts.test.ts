import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addBucketCounts, bucketCounts, bucketOf, countIn, countOfAll } from "./bucket-counts.ts";
import { Histogram } from "./histogram.ts";

/** As those of the metrics page: factor sqrt(2) from 0.1 ms. */
const bounds = Array.from({ length: 40 }, (_, index) => Number((0.0001 * 2 ** (index / 2)).toPrecision(6)));

const filled = (...values: number[]): Histogram => {
  const histogram = new Histogram();
  for (const us of values) histogram.recordUs(us, 1);
  return histogram;
};

test("a value is counted in the bucket that encloses it, including the lowest and the largest", () => {
  for (const [ms, bucket] of [
    [0, 0],
    [0.1, 0],
    [0.101, 1],
    [50, 18],
    [60, 19],
    [65_000, 39],
    [80_000, 40],
  ] as const) {
    assert.deepEqual(bucketCounts(filled(ms * 1000), bounds), { from: bucket, counts: [1] }, `${ms} ms`);
    assert.equal(bucketOf(ms / 1000, bounds), bucket, `${ms} ms`);
  }
});

test("empty buckets in between are kept, those at the ends are not, and an empty histogram has none", () => {
  assert.deepEqual(bucketCounts(filled(60_000, 60_000, 100_000, 150_000), bounds), { from: 19, counts: [2, 1, 0, 1] });
  assert.equal(bucketCounts(new Histogram(), bounds), undefined);
  assert.equal(bucketCounts(undefined, bounds), undefined);
  assert.equal(addBucketCounts([]), undefined);
});

const micros = fc.array(fc.integer({ min: 0, max: 2 ** 31 }), { minLength: 1, maxLength: 100 });

test("no value is lost, each is in its bucket within the histogram's resolution, and seconds sum to the whole", () => {
  fc.assert(
    fc.property(fc.array(micros, { minLength: 1, maxLength: 8 }), (seconds) => {
      const parts = seconds.map((values) => bucketCounts(filled(...values), bounds)!);
      const sum = addBucketCounts(parts)!;
      assert.deepEqual(sum, bucketCounts(filled(...seconds.flat()), bounds));
      assert.equal(countOfAll(sum), seconds.flat().length);
      const [low, high] = [Math.min(...seconds.flat()), Math.max(...seconds.flat())];
      assert.ok(sum.from >= bucketOf((low * 0.999) / 1e6, bounds) && sum.from <= bucketOf((low * 1.001) / 1e6, bounds));
      const top = sum.from + sum.counts.length - 1;
      assert.ok(top >= bucketOf((high * 0.999) / 1e6, bounds) && top <= bucketOf((high * 1.001) / 1e6, bounds));
      assert.equal(countIn(sum, sum.from - 1), 0);
      assert.ok(countIn(sum, top) > 0);
    }),
  );
});
