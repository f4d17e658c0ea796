import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePushQuery } from "./push-query.ts";
import { Schedule } from "./schedule.ts";

const ms = 1e6;

function scheduleOf(raw: string): Schedule {
  const query = parsePushQuery(raw);
  if ("error" in query) throw new Error(query.error);
  return new Schedule(query);
}

test("a burst is due at multiples of the interval", () => {
  const schedule = scheduleOf("intervalMs=15");
  for (const step of [0, 1, 1000]) {
    const dueNs = step * 15 * ms;
    assert.deepEqual([schedule.dueNs(step), schedule.tick(step), schedule.slot(step)], [dueNs, step, 0]);
    assert.deepEqual([schedule.lastStep(dueNs), schedule.lastStep(dueNs + 15 * ms - 1)], [step, step]);
  }
});

test("a spread is due in slots of 10 ms, which restart with each tick", () => {
  const schedule = scheduleOf("intervalMs=35&timing=spread");
  assert.equal(schedule.slots, 3);
  for (const [step, due] of [0, 10, 20, 35, 45, 55, 70].entries()) {
    assert.equal(schedule.dueNs(step), due * ms);
    assert.equal(schedule.lastStep(due * ms), step);
  }
  assert.equal(schedule.lastStep(35 * ms - 1), 2);
});

test("the first tick after an instant is strictly later", () => {
  const schedule = scheduleOf("intervalMs=100&timing=spread");
  const cases = [
    [0, 0, 1],
    [0, 100 * ms - 1, 1],
    [0, 100 * ms, 2],
    [3, 0, 0],
    [3, 30 * ms - 1, 0],
    [3, 30 * ms, 1],
    [3, 130 * ms, 2],
  ] as const;
  for (const [slot, nowNs, tick] of cases)
    assert.equal(schedule.firstTickAfter(slot, nowNs), tick, `slot ${slot} at ${nowNs}`);
});

test("connections spread evenly over the slots, even if there are few", () => {
  for (const intervalMs of [10, 20, 30, 100, 1000, 7770, 60_000]) {
    const schedule = scheduleOf(`intervalMs=${intervalMs}&timing=spread`);
    const counts = new Array<number>(schedule.slots).fill(0);
    for (let n = 0; n < 3 * schedule.slots; n++) counts[schedule.slotOf(n)]! += 1;
    assert.ok(
      counts.every((count) => count === 3),
      `${intervalMs} ms`,
    );
  }
  const schedule = scheduleOf("timing=spread");
  const quarters = [0, 0, 0, 0];
  for (let n = 0; n < 100; n++) quarters[Math.floor(schedule.slotOf(n) / 250)]! += 1;
  assert.ok(
    quarters.every((count) => count >= 23 && count <= 27),
    `${quarters}`,
  );
});
