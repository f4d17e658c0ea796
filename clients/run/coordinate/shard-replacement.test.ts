/** A shard process that dies during a soak: its connections are accounted for and reconnect, and the run is marked. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { soakOf } from "../../report/model/schema/soak-block.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { SoakScenario } from "../../scenario/soak-schema.ts";
import { executeOne } from "../executors.ts";
import { LocalShards } from "./local-shards.ts";
import type { RunObserver, Snapshot } from "./observer.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-replace-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("a dead shard's connections come back as reconnects and every equation holds", { timeout: 60_000 }, async () => {
  const shards = new LocalShards();
  const connections = 60;
  let isKilled = false;
  let mostOpenAfter = 0;
  const watcher: RunObserver = {
    snapshot: ({ phase, interval }: Snapshot) => {
      if (phase === "hold" && !isKilled) {
        isKilled = true;
        process.kill(shards.pids[0]!, "SIGKILL");
      } else if (isKilled && interval.connections.byCause["generator-died"])
        mostOpenAfter = Math.max(mostOpenAfter, interval.connections.open);
    },
  };
  const input = {
    kind: "soak",
    target: "rehearsal",
    connections,
    shards: 2,
    hold: "5s",
    push: { interval: "200ms" },
    residueAfter: "1s",
    replaceDeadShards: true,
  };
  const scenario = readScenario(input) as SoakScenario;
  const options = {
    runsFolder: folder,
    watch: () => [watcher],
    signal: new AbortController().signal,
    allowedHosts: [],
    say: () => {},
    makeShards: () => shards,
  };
  const report = await executeOne(scenario, "rehearsal", options);
  const { planned, opened, refused, notAttempted, attempted, closedUnexpectedly, closedByPlan, byCause, reconnects } =
    report.connections;
  assert.deepEqual([planned, opened, refused, notAttempted, attempted], [connections, connections, 0, 0, connections]);
  assert.deepEqual([byCause["generator-died"], closedUnexpectedly], [connections / 2, connections / 2]);
  assert.deepEqual(reconnects, { attempted: connections / 2, opened: connections / 2, refused: 0 });
  assert.equal(closedByPlan, opened + reconnects.opened - closedUnexpectedly);
  assert.equal(report.pushes?.due, (report.pushes?.received ?? 0) + (report.pushes?.lost ?? 0));
  assert.equal(mostOpenAfter, connections, "all were open again");
  assert.equal(soakOf(report)?.replacedShards, 1);
  assert.equal(report.verdict, "invalid");
  assert.ok(["shard-died", "shard-replaced"].every((code) => report.notes.some((note) => note.code === code)));
});
