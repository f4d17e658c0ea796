import assert from "node:assert/strict";
import { test } from "node:test";
import { noise, simulateLeaks } from "../testing/soak-simulation.ts";
import { judgeLeak, judgeResidue, warmUpMs } from "./leak.ts";
import { seededRandom } from "./seeded-random.ts";

const hourMs = 3_600_000;
const mib = 2 ** 20;

/** A sawtooth heap of 100 to 140 MiB on a floor that rises by `perHour` MiB, with a warm-up hump at the start. */
function heap(hours: number, perHour: number) {
  const atMs = Array.from({ length: hours * 360 }, (_, index) => index * 10_000);
  const random = noise(atMs.length, 0.5, seededRandom(4));
  const values = atMs.map(
    (at, index) =>
      (100 +
        (index % 37) +
        (random[index] ?? 0) +
        (perHour * at) / hourMs -
        (at < 600_000 ? 60 * (1 - at / 600_000) : 0)) *
      mib,
  );
  return { atMs, values };
}

test("the warm-up is 10 % or half an hour, whichever is less", () => {
  assert.equal(warmUpMs(hourMs), hourMs / 10);
  assert.equal(warmUpMs(24 * hourMs), hourMs / 2);
});

test("a real leak is found with its rate, its cost per connection and the time to the limit", () => {
  const terms = {
    lifetimeMs: 7 * 24 * hourMs,
    budgetBytes: 100 * mib,
    limitBytes: 512 * mib,
    connections: 1000,
    pushesPerSecond: 100,
  };
  const found = judgeLeak(heap(4, 5), terms);
  assert.equal(found.verdict, "leak");
  const rate = (found.bytesPerHour?.estimate ?? 0) / mib;
  assert.ok(Math.abs(rate - 5) < 0.5, `${rate}`);
  assert.ok(Math.abs((found.timeToLimitMs ?? 0) / hourMs - (512 - 118) / 5) < 10);
  assert.equal(found.bytesPerConnectionHour, (found.bytesPerHour?.estimate ?? 0) / 1000);
  assert.ok(Math.abs((found.bytesPerMillionPushes ?? 0) / mib - 5 / 0.36) < 1.5);
});

test("significant growth within the budget is not a leak", () => {
  const found = judgeLeak(heap(4, 5), { lifetimeMs: 10 * hourMs, budgetBytes: 100 * mib });
  assert.equal(found.verdict, "steady");
  assert.ok((found.bytesPerHour?.lower ?? 0) > 0);
});

test("a flat heap with a warm-up hump is steady, and does not approach a limit", () => {
  assert.equal(judgeLeak(heap(4, 0), { lifetimeMs: 24 * hourMs, budgetBytes: 10 * mib }).verdict, "steady");
  assert.equal(
    judgeLeak(heap(4, -2), { lifetimeMs: 24 * hourMs, budgetBytes: 0, limitBytes: 512 * mib }).timeToLimitMs,
    null,
  );
  const constant = { atMs: heap(1, 0).atMs, values: heap(1, 0).atMs.map(() => 5 * mib) };
  assert.equal(judgeLeak(constant, { lifetimeMs: hourMs, budgetBytes: 0 }).verdict, "steady");
});

test("a short series has no verdict", () => {
  assert.equal(
    judgeLeak({ atMs: [0, 1, 2], values: [1, 2, 3] }, { lifetimeMs: hourMs, budgetBytes: 0 }).verdict,
    "too-short",
  );
  assert.equal(judgeLeak({ atMs: [], values: [] }, { lifetimeMs: hourMs, budgetBytes: 0 }).verdict, "too-short");
});

test("false alarms without a budget stay below 10 %, however correlated the noise is", () => {
  for (const correlation of [0, 0.5, 0.9, 0.97]) {
    const found = simulateLeaks(120, 1440, 4, correlation, 0, 21);
    assert.ok(found.alarms <= 0.1, `${correlation}: ${found.alarms}`);
    assert.ok(found.covered >= 0.88, `${correlation}: limits hold ${found.covered}`);
  }
});

test("real leaks are found, with their rate within 20 %", () => {
  for (const correlation of [0, 0.5, 0.9]) {
    const found = simulateLeaks(60, 1440, 4, correlation, 10, 22);
    assert.ok(found.alarms >= 0.95 && found.within20 >= 0.9, `${correlation}: ${found.alarms}, ${found.within20}`);
  }
});

test("residue after a drain is named, released resources are not", () => {
  const [fds, sockets] = judgeResidue([
    { name: "fds", before: 40, after: 42, allowed: 4 },
    { name: "tcpObjects", before: 100, after: 350, allowed: 50 },
  ]);
  assert.deepEqual([fds?.residue, fds?.ok, sockets?.residue, sockets?.ok], [2, true, 250, false]);
});
