import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  linesAtMost,
  mergeLines,
  type RetainedLine,
  type RetentionPolicy,
  soakRetention,
  thinOut,
} from "./soak-retention.ts";

/** A complete line as written by the report: fields unknown to retention must be kept. */
interface Line extends RetainedLine {
  bytesReceived: number;
  latencyMs: { push?: RetainedLine["latencyMs"][string]; ping?: null };
}

function line(atMs: number, phase = "hold", p99 = atMs % 997): Line {
  return {
    atMs,
    phase,
    bytesReceived: atMs * 3,
    latencyMs: { push: { count: 10, p50: p99 / 4, p90: p99 / 2, p99, p999: p99 + 1, max: p99 + 2 }, ping: null },
    usage: { target: { cpu: (atMs / 1000) % 2 }, generator: { cpu: 0.5, loopDelayMs: atMs % 13 } },
  };
}

const seconds = (from: number, to: number, phase = "hold") =>
  Array.from({ length: to - from }, (_, index) => line((from + index + 1) * 1000, phase));
const small: RetentionPolicy = {
  tiers: [
    { everyMs: 1000, untilAgeMs: 20_000 },
    { everyMs: 5000, untilAgeMs: 60_000 },
  ],
  restEveryMs: 10_000,
  restAtMost: 8,
};

test("the newest lines stay unchanged", () => {
  const lines = seconds(0, 3600);
  assert.deepEqual(thinOut(lines, 3_600_000), lines);
});

test("a merged line keeps the last counts, sums samples, and never averages a quantile", () => {
  const merged = mergeLines([line(1000, "hold", 80), line(2000, "hold", 10), { ...line(3000, "hold", 30), merged: 4 }]);
  assert.equal(merged.merged, 6);
  assert.equal(merged.atMs, 3000);
  assert.equal(merged.bytesReceived, 9000);
  assert.deepEqual(merged.latencyMs.push, { count: 30, p50: 20, p90: 40, p99: 80, p999: 81, max: 82 });
  assert.equal(merged.latencyMs.ping, null);
  assert.equal(merged.usage.generator.loopDelayMs, 12);
  assert.equal(merged.usage.target?.cpu.toFixed(6), ((1 + 0 + 4 * 1) / 6).toFixed(6));
});

test("a line without samples does not affect the quantiles, and an unmeasured one stays null", () => {
  const empty = line(2000);
  empty.latencyMs = { push: { count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 } };
  const unmeasured = { ...line(3000), latencyMs: { push: null } };
  assert.deepEqual(
    mergeLines([line(1000, "hold", 80), empty, unmeasured]).latencyMs.push,
    line(1000, "hold", 80).latencyMs.push,
  );
  assert.deepEqual(mergeLines([unmeasured, { ...unmeasured, latencyMs: {} }]).latencyMs, { push: null });
});

test("the buckets of merged lines are summed, whatever their start", () => {
  const first = { ...line(1000), buckets: { push: { from: 3, counts: [1, 2] } } };
  const second = {
    ...line(2000),
    buckets: { push: { from: 4, counts: [5, 0, 7] }, request: { from: 1, counts: [1] } },
  };
  assert.deepEqual(mergeLines([first, line(1500), second]).buckets, {
    push: { from: 3, counts: [1, 7, 0, 7] },
    request: { from: 1, counts: [1] },
  });
  assert.equal("buckets" in mergeLines([line(1000), line(2000)]), false);
});

test("phases never merge", () => {
  const lines = [...seconds(0, 33, "ramp"), ...seconds(33, 100)];
  const kept = thinOut(lines, 1e9, { ...small, restAtMost: 1e9 });
  assert.deepEqual(
    kept.filter((each) => each.phase === "ramp").map((each) => each.atMs),
    [10_000, 20_000, 30_000, 33_000],
  );
  assert.equal(kept.find((each) => each.phase === "hold")?.atMs, 40_000);
});

test("thinning during the run gives the same lines as at its end, and no second is lost", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }), (steps) => {
      let kept: Line[] = [];
      let now = 0;
      for (const step of steps) {
        kept = thinOut([...kept, ...seconds(now, now + step)], (now + step) * 1000, small);
        now += step;
      }
      const atOnce = thinOut(seconds(0, now), now * 1000, small);
      assert.deepEqual(kept.map(rounded), atOnce.map(rounded));
      assert.deepEqual(thinOut(kept, now * 1000, small), kept);
      assert.equal(
        kept.reduce((sum, each) => sum + (each.merged ?? 1), 0),
        now,
      );
      assert.ok(kept.length <= linesAtMost(small));
    }),
    { numRuns: 200 },
  );
});

test("a run of a hundred days stays within the bound and keeps its worst second", () => {
  let kept: Line[] = [];
  const hour = 3600;
  for (let at = 0; at < 100 * 24 * hour; at += 6 * hour) {
    const fresh = Array.from({ length: 6 * 60 }, (_, minute) =>
      line((at + (minute + 1) * 60) * 1000, "hold", minute % 50),
    );
    if (at === 240 * hour) fresh.push(line((at + 6 * hour) * 1000, "hold", 5000));
    kept = thinOut([...kept, ...fresh], (at + 6 * hour) * 1000);
    assert.ok(kept.length <= linesAtMost(soakRetention));
  }
  assert.equal(kept.filter((each) => each.latencyMs.push?.p99 === 5000).length, 1);
  assert.ok(linesAtMost(soakRetention) < 33_000);
});

function rounded(each: Line): Line {
  const target = each.usage.target === null ? null : { cpu: Math.round(each.usage.target.cpu * 1e9) };
  return {
    ...each,
    usage: { target, generator: { ...each.usage.generator, cpu: Math.round(each.usage.generator.cpu * 1e9) } },
  };
}
