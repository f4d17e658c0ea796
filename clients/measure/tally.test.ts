import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Cause, causeList } from "./cause.ts";
import { counterNames, mergeTallies, Tally } from "./tally.ts";
import { fromWire, toWire } from "./tally-wire.ts";

interface Content {
  counts: number[];
  causes: [Cause, number][];
  push: number[];
  ping: number[];
}

const content: fc.Arbitrary<Content> = fc.record({
  counts: fc.array(fc.nat(1e9), { minLength: counterNames.length, maxLength: counterNames.length }),
  causes: fc.array(fc.tuple(fc.constantFrom(...causeList), fc.constantFrom(0, 1000, 1012, 503)), { maxLength: 20 }),
  push: fc.array(fc.nat(5e6), { maxLength: 50 }),
  ping: fc.array(fc.nat(5e6), { maxLength: 5 }),
});

function tallyOf({ counts, causes, push, ping }: Content): Tally {
  const tally = new Tally();
  counterNames.forEach((name, i) => {
    tally.counts[name] = counts[i]!;
  });
  for (const [cause, code] of causes) tally.countCause(cause, code);
  for (const us of push) tally.histogram("push").recordUs(us, 1);
  for (const us of ping) tally.histogram("ping").recordUs(us, 1);
  return tally;
}

/** Everything a tally says, as plain data. */
const said = (tally: Tally): unknown => ({
  counts: tally.counts,
  causes: tally.causes,
  codes: tally.codes,
  push: tally.histograms.push && [
    tally.histograms.push.count,
    tally.histograms.push.maxUs,
    tally.histograms.push.sumUs,
    tally.histograms.push.quantileMs(0.5),
  ],
  ping: tally.histograms.ping && [tally.histograms.ping.count, tally.histograms.ping.maxUs],
});

const without = (wire: ReturnType<typeof toWire>): ReturnType<typeof toWire> => JSON.parse(JSON.stringify(wire));

test("merging is associative and commutative, and an empty tally is its zero", () => {
  fc.assert(
    fc.property(content, content, content, (a, b, c) => {
      const left = mergeTallies([mergeTallies([tallyOf(a), tallyOf(b)]), tallyOf(c)]);
      const right = mergeTallies([tallyOf(a), mergeTallies([tallyOf(c), tallyOf(b)])]);
      assert.deepEqual(said(left), said(right));
      assert.deepEqual(said(mergeTallies([new Tally(), tallyOf(a)])), said(mergeTallies([tallyOf(a)])));
    }),
  );
});

test("a tally crosses the wire unchanged", () => {
  fc.assert(
    fc.property(content, (a) => {
      assert.deepEqual(said(fromWire(without(toWire(tallyOf(a))))), said(tallyOf(a)));
    }),
  );
});

test("omitted unchanged histograms are taken from the previous tally; a repeated delivery changes nothing", () => {
  const tally = tallyOf({ counts: counterNames.map(() => 1), causes: [], push: [5, 6], ping: [9] });
  const sent = new Map();
  const first = fromWire(toWire(tally, sent));
  tally.histogram("ping").recordUs(10, 1);
  const second = toWire(tally, sent);
  assert.deepEqual(Object.keys(second.histograms), ["ping"]);
  const merged = fromWire(second, first);
  assert.deepEqual(said(merged), said(tally));
  assert.deepEqual(said(fromWire(second, merged)), said(tally));
});
