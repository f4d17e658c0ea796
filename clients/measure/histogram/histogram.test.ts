import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as hdr from "hdr-histogram-js";
import { Histogram } from "./histogram.ts";
import { decodeHistogram, encodeHistogram, fromHlogField, toHlogField } from "./histogram-codec.ts";

const micros = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.integer({ min: 0, max: 2 ** 31 }),
  fc.maxSafeInteger().map((n) => Math.abs(n) % 2 ** 36),
);
const samples = fc.array(micros, { minLength: 1, maxLength: 300 });

const filled = (values: readonly number[]): Histogram => {
  const histogram = new Histogram();
  for (const us of values) histogram.recordUs(us, 1);
  return histogram;
};

test("quantiles are within one part in a thousand of the sorted values", () => {
  fc.assert(
    fc.property(samples, fc.constantFrom(0.5, 0.9, 0.99, 0.999, 1), (values, q) => {
      const sorted = [...values].sort((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
      const measured = filled(values).quantileMs(q) * 1000;
      assert.ok(Math.abs(measured - exact) <= Math.max(0.5, exact / 1000), `${measured} for ${exact}`);
    }),
  );
});

test("merging is adding: any split of the samples gives the same histogram", () => {
  fc.assert(
    fc.property(samples, samples, (a, b) => {
      const merged = filled(a);
      merged.add(filled(b));
      const whole = filled([...a, ...b]);
      assert.equal(merged.count, whole.count);
      assert.equal(merged.maxUs, whole.maxUs);
      for (const q of [0.1, 0.5, 0.99, 1]) assert.equal(merged.quantileMs(q), whole.quantileMs(q));
    }),
  );
});

test("the values since an earlier copy are the difference", () => {
  fc.assert(
    fc.property(samples, samples, (a, b) => {
      const histogram = filled(a);
      const before = histogram.copy();
      for (const us of b) histogram.recordUs(us, 1);
      const delta = histogram.since(before);
      assert.equal(delta.count, b.length);
      const median = filled(b).quantileMs(0.5);
      assert.ok(Math.abs(delta.quantileMs(0.5) - median) <= Math.max(0.001, median / 1000));
      assert.ok(delta.maxUs >= Math.max(...b) * 0.999 - 1 && delta.maxUs <= Math.max(...b) * 1.001 + 1);
    }),
  );
});

test("the encoding round-trips, and hdr-histogram-js reads the same counts from it", () => {
  fc.assert(
    fc.property(samples, (values) => {
      const histogram = filled(values);
      const back = decodeHistogram(encodeHistogram(histogram));
      assert.equal(back.count, values.length);
      assert.deepEqual(back.counts.slice(0, 2048), histogram.counts.slice(0, 2048));
      const theirs = hdr.decodeFromCompressedBase64(toHlogField(histogram));
      assert.equal(theirs.totalCount, values.length);
      assert.ok(
        Math.abs(theirs.getValueAtPercentile(50) - histogram.quantileMs(0.5) * 1000) <=
          Math.max(1, theirs.getValueAtPercentile(50) / 1000),
      );
    }),
    { numRuns: 50 },
  );
});

test("a field written by hdr-histogram-js with the same unit and precision is read", () => {
  const theirs = hdr.build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 2 ** 36,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
  });
  for (const us of [17, 1700, 170_000]) theirs.recordValue(us);
  const ours = fromHlogField(hdr.encodeIntoCompressedBase64(theirs));
  assert.equal(ours.count, 3);
  assert.equal(Math.round(ours.quantileMs(0.5) * 1000), 1700);
});

test("invalid bytes are rejected, never misread", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.throws(() => decodeHistogram(Buffer.from(bytes)));
    }),
  );
  const cut = encodeHistogram(filled([1, 5000, 900_000])).subarray(0, 42);
  assert.throws(() => decodeHistogram(cut), /truncated/);
});

test("cumulative counts at bounds are those a classic Prometheus histogram needs", () => {
  const histogram = filled([50, 100, 150, 1_000_000]);
  assert.deepEqual(histogram.cumulativeAt([0.0001, 0.0002, 0.5, 2]), [2, 3, 3, 4]);
});

test("a negative duration counts as zero", () => {
  const histogram = new Histogram();
  histogram.recordNs(-5000);
  assert.equal(histogram.count, 1);
  assert.equal(histogram.maxUs, 0);
});
