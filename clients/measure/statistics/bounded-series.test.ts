import assert from "node:assert/strict";
import { test } from "node:test";
import { BoundedSeries } from "./bounded-series.ts";

test("a series keeps every sample until it is full, and never exceeds its limit", () => {
  const series = new BoundedSeries("minimum", 8);
  for (let index = 0; index < 8; index++) series.add(index, index);
  assert.deepEqual(series.series.values, [0, 1, 2, 3, 4, 5, 6, 7]);
  for (let index = 8; index < 100_000; index++) {
    series.add(index, index);
    assert.ok(series.length <= 8);
  }
  assert.ok(series.stride >= 100_000 / 8);
});

test("minima are those of all samples in the span of a point", () => {
  const samples = Array.from({ length: 1000 }, (_, index) => (index * 7919) % 1009);
  const series = new BoundedSeries("minimum", 16);
  for (const [index, value] of samples.entries()) series.add(index, value);
  const { atMs, values } = series.series;
  for (const [point, value] of values.entries()) {
    assert.equal(value, Math.min(...samples.slice(atMs[point]!, atMs[point]! + series.stride)), `point ${point}`);
  }
});

test("single events are thinned to every other one, evenly over the whole time", () => {
  const series = new BoundedSeries("every-other", 16);
  for (let index = 0; index < 1000; index++) series.add(index, index * 3);
  const { atMs, values } = series.series;
  for (const [point, at] of atMs.entries()) {
    assert.equal(at, point * series.stride);
    assert.equal(values[point], at * 3);
  }
});
