import assert from "node:assert/strict";
import { test } from "node:test";
import { median, medianOfSorted } from "./median.ts";

test("the median is the middle value, or the mean of the two in the middle, whatever the order", () => {
  for (const [values, expected] of [
    [[7], 7],
    [[10, 9], 9.5],
    [[3, -1, 100], 3],
    [[10, 2, 1, 9], 5.5],
  ] as const) {
    assert.equal(median(values), expected);
    assert.equal(median(Float64Array.from(values)), expected);
    assert.equal(medianOfSorted(Float64Array.from(values).sort()), expected);
  }
});

test("the median of nothing is NaN, and the input is not modified", () => {
  assert.ok(Number.isNaN(median([])) && Number.isNaN(medianOfSorted([])));
  const values = [3, 1, 2];
  median(values);
  assert.deepEqual(values, [3, 1, 2]);
});
