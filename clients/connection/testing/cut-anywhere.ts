/** For tests: a stream must be parsed the same way however it is split. */
import assert from "node:assert/strict";
import fc from "fast-check";

/**
 * `told`: the output for a stream of `length` bytes split at these places; it must equal `expected` for each single
 * place, for all places, and for random sets of them.
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
