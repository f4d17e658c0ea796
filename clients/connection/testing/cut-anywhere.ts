/** For tests: a stream means the same however the network cuts it. */
import assert from "node:assert/strict";
import fc from "fast-check";

/**
 * `told`: what is made of a stream of `length` bytes cut at these places; it must be `expected` at each of them, at
 * all, and at any several.
 */
export function assertSameHoweverCut(
  told: (places: readonly number[]) => string[],
  length: number,
  expected: readonly string[],
  numRuns = 30,
): void {
  assert.deepEqual(told([]), expected);
  for (let place = 1; place < length; place++) assert.deepEqual(told([place]), expected, `cut at ${place}`);
  assert.deepEqual(told(Array.from({ length }, (_, i) => i)), expected, "one byte at a time");
  fc.assert(
    fc.property(fc.array(fc.nat(length), { maxLength: 10 }), (places) => assert.deepEqual(told(places), expected)),
    { numRuns },
  );
}
