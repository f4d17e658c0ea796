import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { trialRun } from "../run/testing/run-rig.ts";
import { selftestCases } from "./cases.ts";
import { equations, exactly, within } from "./check.ts";
import { chooseCases, runCase, runSelftest, type SelftestResult } from "./selftest.ts";

const inTests = [
  "drop",
  "reorder",
  "corrupt",
  "late-burst",
  "mass-drop",
  "faults-sse",
  "faults-tcp",
  "upgrade-faults",
  "churn",
  "storm",
  "storm-by-target",
  "stop-early",
  "shard-killed",
  "replica-killed",
  "tls-alerts",
  "tls-records",
  "talk-openings",
  "talk-silence",
  "talk-requests",
  "talk-publish",
];

const differing = ({ checks, error }: SelftestResult): unknown => error ?? checks.filter(({ ok }) => !ok);

describe("the report of a run with scripted faults", () => {
  it("matches the target's own account, number for number", async () => {
    const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-selftest-"));
    try {
      const results = await runSelftest(chooseCases(inTests, false), {
        runsFolder,
        signal: new AbortController().signal,
        atOnce: 4,
      });
      assert.equal(results.length, inTests.length);
      for (const result of results) assert.deepEqual(differing(result), [], result.name);
    } finally {
      rmSync(runsFolder, { recursive: true, force: true });
    }
  });

  it("names 3,000 simultaneous disconnects, reconnects them all, and nothing is left over", async () => {
    const storm = { after: "1500ms", window: "2s", manner: "rst" };
    // At most one tick falls into the run: while thousands open or reconnect, some are not registered at the target
    // when one is due.
    const push = { interval: "10s" };
    const { report, events } = await trialRun({
      target: "rehearsal",
      connections: 3000,
      rampPerSecond: 3000,
      hold: "7s",
      push,
      storm,
    });
    const { connections, pushes, storm: told } = report;
    for (const check of [
      ...equations(report),
      exactly("dropped", 3000, told?.dropped),
      exactly("back", 3000, told?.back),
      exactly("planned closes", 6000, connections.byCause.planned),
      exactly("lost", 0, pushes?.lost),
      exactly(
        "events of the storm's drops",
        3000,
        events.filter(({ what, cause }) => what === "closed" && cause === "planned").length,
      ),
      exactly("events of returns", 3000, events.filter(({ what }) => what === "reopened").length),
      within("descriptors left", 0, told?.generatorLeft?.fdsBefore ?? 0, told?.generatorLeft?.fdsAfter),
    ])
      assert(check.ok, JSON.stringify(check));
    assert(report.timing.phases.some(({ phase }) => phase === "storm"));
  });

  it("adds up when the run is interrupted", async () => {
    const { report } = await trialRun(
      { target: "rehearsal", connections: 50, rampPerSecond: 20, hold: "30s", push: { interval: "500ms" } },
      {},
      3500,
    );
    assert.equal(report.state, "interrupted");
    for (const check of equations(report)) assert(check.ok, JSON.stringify(check));
    assert.equal((report.connections.byCause.interrupted ?? 0) + report.connections.notAttempted, 50);
  });
});

describe("the selftest", () => {
  it("fails a case whose figures differ from the account", async () => {
    const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-selftest-"));
    try {
      const clean = selftestCases.find(({ name }) => name === "clean")!;
      const wrong = {
        ...clean,
        scenario: { hold: "1s", connections: 5 },
        checks: () => [exactly("connections opened", 6, 5)],
      };
      const result = await runCase(wrong, { runsFolder, signal: new AbortController().signal, atOnce: 1 });
      assert.equal(result.error, null);
      assert.equal(result.ok, false);
    } finally {
      rmSync(runsFolder, { recursive: true, force: true });
    }
  });

  it("lists the existing cases when asked for an unknown one", () => {
    assert.throws(() => chooseCases(["nonsense"], false), /expected names of clean, drop/);
    assert(chooseCases([], true).length < chooseCases([], false).length);
  });
});
