import assert from "node:assert/strict";
import { test } from "node:test";
import { Tally } from "../measure/tally.ts";
import type { Interval } from "../report/model/interval.ts";
import type { Report } from "../report/model/report.ts";
import { sampleReport } from "../report/testing/sample-report.ts";
import type { Snapshot } from "../run/coordinate/observer.ts";
import type { ShardAccount } from "../run/coordinate/totals.ts";
import type { ExposedRun } from "./exposed-run.ts";
import { ExposedRuns } from "./exposed-runs.ts";

const report = sampleReport();

function shard(state: ShardAccount["state"], cpuSeconds: number): ShardAccount {
  return { tally: new Tally(), vitals: { rssMiB: 60, cpuSeconds, fds: 30, maxFds: 1024, loopDelayMs: 1 }, state };
}

/** One second of a run whose only shard and replica have used this much CPU time. */
function second(cpuSeconds: number, change: Partial<Snapshot> = {}): Snapshot {
  const replica = { atNs: 0, rssMiB: 20, pssMiB: null, cpuSeconds, fds: 9, threads: 4, pids: [1] };
  const interval = { connections: {}, latencyMs: {} } as unknown as Interval;
  return {
    run: report.run,
    phase: "hold",
    interval,
    total: new Tally(),
    shards: [shard("running", cpuSeconds)],
    replicas: [replica],
    report,
    ...change,
  };
}

function watched(): { runs: ExposedRuns; observer: ReturnType<ExposedRuns["observer"]>; only: () => ExposedRun } {
  const runs = new ExposedRuns();
  const observer = runs.observer();
  observer.begun?.(report);
  return { runs, observer, only: () => runs.list()[0]! };
}

test("a dead shard has no vitals, a running one has", () => {
  const { observer, only } = watched();
  observer.snapshot?.(second(1, { shards: [shard("running", 1), shard("died", 1)] }));
  assert.deepEqual(
    only().shards.map(({ vitals }) => vitals === null),
    [false, true],
  );
});

test("successive processes form one counter that continues and never decreases", () => {
  const { observer, only } = watched();
  const seen = [1, 3, 0.5, 2, 0.25].map((cpuSeconds) => {
    observer.snapshot?.(second(cpuSeconds));
    return [only().targetUsage[0]?.cpuSeconds, only().shards[0]?.vitals?.cpuSeconds];
  });
  assert.deepEqual(
    seen,
    [1, 3, 3.5, 5, 5.25].map((sum) => [sum, sum]),
  );
});

test("repeated phases are kept once each, and the end sets done even if it was not announced", () => {
  const { observer, only } = watched();
  for (let trial = 0; trial < 3; trial++)
    for (const phase of ["ramp", "hold", "drain"] as const) observer.phase?.(phase, 0);
  observer.ended?.(report);
  assert.deepEqual(
    only().phases.map(({ phase }) => phase),
    ["prepare", "ramp", "hold", "drain", "done"],
  );
});

test("at the end the verdict is exposed and process gauges are not", () => {
  const { observer, only } = watched();
  observer.snapshot?.(second(2));
  observer.ended?.({ ...report, verdict: "fail" });
  const { verdict, phase, endedAtMs, shards, targetUsage } = only();
  assert.deepEqual([verdict, phase, endedAtMs !== null, shards[0]?.vitals], ["fail", "done", true, null]);
  assert.equal(only().quantiles.last, null);
  assert.deepEqual(targetUsage, [{ replica: 0, cpuSeconds: 2, rssMiB: null, fds: null, threads: null }]);
});

test("users are those of the current step, and absent at a rate", () => {
  const { observer, only } = watched();
  const requests = { sent: 1, ok: 1, failed: 0, byCause: {}, byStatusClass: { "2xx": 1 } };
  const usersOf = (steps: { users: number; ratePerSecond: number | null }[]): number | null | undefined => {
    const interval = { connections: {}, latencyMs: {}, requests } as unknown as Interval;
    observer.snapshot?.(second(1, { interval, report: { ...report, steps } as unknown as Report }));
    return only().requests?.users;
  };
  assert.equal(usersOf([]), null);
  assert.equal(
    usersOf([
      { users: 10, ratePerSecond: null },
      { users: 100, ratePerSecond: null },
    ]),
    100,
  );
  assert.equal(usersOf([{ users: 10, ratePerSecond: 50 }]), null);
});
