/** Runs that do not end as planned: what their reports say, and that none of them passes. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { Report } from "../../report/model/report.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { executeOne } from "../executors.ts";
import { listRuns, readReport } from "../folder/run-folder.ts";
import { LocalShards, type ShardGroup } from "./local-shards.ts";
import type { RunObserver } from "./observer.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-ending-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Trial {
  shards?: ShardGroup;
  watcher?: RunObserver;
  signal?: AbortSignal;
  fields?: Record<string, unknown>;
}

function run({
  shards = new LocalShards(),
  watcher = {},
  signal = new AbortController().signal,
  fields = {},
}: Trial): Promise<Report> {
  const scenario = readScenario({
    kind: "connections",
    target: "rehearsal",
    connections: 20,
    hold: "2s",
    push: { interval: "200ms" },
    ...fields,
  });
  const options = {
    runsFolder: folder,
    watch: () => [watcher],
    signal,
    allowedHosts: [],
    say: () => {},
    makeShards: () => shards,
  };
  return executeOne(scenario as ConnectionsScenario, "rehearsal", options);
}

const codes = ({ reasons }: Report): string[] => reasons.map(({ code }) => code);

describe("a run", { timeout: 120_000 }, () => {
  for (const [which, count] of [
    ["one of two shards", 2],
    ["the only shard", 1],
  ] as const) {
    it(`is invalid when ${which} dies before its first figures`, async () => {
      const shards = new LocalShards();
      const kill = (phase: string): void => void (phase === "ramp" && process.kill(shards.pids[0]!, "SIGKILL"));
      const report = await run({ shards, watcher: { phase: kill }, fields: { shards: count } });
      assert.equal(report.verdict, "invalid");
      assert.ok(codes(report).includes("generator-died"), codes(report).join());
      const { planned, opened, refused, notAttempted } = report.connections;
      assert.deepEqual([planned, report.trust.shardsDied], [opened + refused + notAttempted, 1]);
    });
  }

  it("reports a target that exits during the drain", async () => {
    let pids: number[] = [];
    const watcher: RunObserver = {
      snapshot: ({ replicas }) => {
        pids = replicas.flatMap((replica) => replica.pids);
      },
      phase: (phase) => {
        if (phase === "drain") for (const pid of pids) process.kill(pid, "SIGKILL");
      },
    };
    const report = await run({ watcher });
    assert.ok(codes(report).includes("target-died"), codes(report).join());
    assert.equal(report.verdict, "fail");
  });

  it("has no verdict when interrupted by the user, neither reported nor stored", async () => {
    const stop = new AbortController();
    const report = await run({
      signal: stop.signal,
      watcher: { phase: (phase) => void (phase === "ramp" && stop.abort()) },
      fields: { connections: 2000, rampPerSecond: 50 },
    });
    assert.deepEqual([report.state, report.verdict], ["interrupted", null]);
    assert.equal(readReport(folder, report.run)?.verdict, null);
  });

  for (const kind of ["connections", "soak"]) {
    it(`ends for its observers and on disk when its shards cannot be created: ${kind}`, async () => {
      const shards = Object.assign(new LocalShards(), { prepare: () => Promise.reject(new Error("no shard today")) });
      const ended: Report[] = [];
      await assert.rejects(
        run({ shards, watcher: { ended: (report) => ended.push(report) }, fields: { kind } }),
        /no shard today/,
      );
      assert.deepEqual(
        ended.map((report) => [report.state, report.verdict]),
        [["finished", "invalid"]],
      );
      assert.ok(codes(ended[0]!).includes("not-prepared"));
      assert.equal(readReport(folder, listRuns(folder).find((id) => id === ended[0]!.run)!)?.state, "finished");
    });
  }
});
