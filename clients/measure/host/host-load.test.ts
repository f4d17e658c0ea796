import assert from "node:assert/strict";
import { test } from "node:test";
import { nowNs } from "../clock.ts";
import { busyCores, parseHostTimes, readHostTimes } from "./host-load.ts";
import { ThreadLoad } from "./thread-load.ts";

test("busy cores are those neither idle nor waiting for a disk", () => {
  const before = parseHostTimes("cpu  1000 0 500 8000 500 0 0 0 300 0\ncpu0 1 2 3 4\n");
  const after = parseHostTimes("cpu  1100 0 550 8040 510 0 0 0 400 0\n");
  assert.deepEqual(before, { busySeconds: 15, totalSeconds: 100 });
  assert.equal(busyCores(before, after, 2), 1.5);
  assert.equal(busyCores(before, before, 2), null);
  assert.equal(busyCores(null, after, 2), null);
});

test("this host has been busy at some time", () => {
  const times = readHostTimes();
  assert.ok(times === null || (times.busySeconds > 0 && times.totalSeconds > times.busySeconds));
});

test("a spinning thread uses about one core, and no more", () => {
  const load = new ThreadLoad([process.pid]);
  const untilNs = nowNs() + 1.05e9;
  while (nowNs() < untilNs);
  load.sample();
  // Other work on the machine may take the core away; the kernel's unit is 10 ms.
  assert.ok(load.peak !== null && load.peak > 0.05 && load.peak < 1.1, `${load.peak}`);
  assert.equal(new ThreadLoad([process.pid]).peak, null);
});
