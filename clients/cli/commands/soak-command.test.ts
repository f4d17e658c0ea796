/**
 * Soaks through the command line that do not go to their end: a shard is killed, Ctrl-C, kill -9; what `holdfast runs`
 * says of each.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { isRunning, readDescendants } from "../../measure/host/process-files.ts";
import type { Report } from "../../report/model/report.ts";
import { soakOf } from "../../report/model/schema/soak-block.ts";
import { listRuns, readIntervals, readReport } from "../../run/folder/run-folder.ts";
import { type Started, startCommand, until } from "../testing/command-rig.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-soaks-"));
after(() => rmSync(root, { recursive: true, force: true }));

const connections = 90;
const base = [
  "soak",
  "--target",
  "rehearsal",
  "--connections",
  String(connections),
  "--shards",
  "3",
  "--push-interval",
  "200ms",
  "--residue-after",
  "1s",
];
let folders = 0;
const soak = (...args: string[]): Started =>
  startCommand(join(root, String(folders++)), ...base, "--json", "--quiet", ...args);

/** The run once it has held all its connections for some seconds. */
function inMidSoak({ runs }: Started): Promise<string> {
  const held = (id: string): boolean =>
    readIntervals(join(runs, id)).filter(({ phase, connections: { open } }) => phase === "hold" && open === connections)
      .length >= 3;
  return until(() => listRuns(runs).find(held), "three seconds of hold");
}

/** What `holdfast runs` says of the only run. */
async function told(runs: string): Promise<{ line: string; row: Record<string, unknown> }> {
  const list = async (...args: string[]): Promise<string> =>
    (await startCommand(runs, "runs", "--most", "1", ...args).ended).stdout;
  return { line: await list(), row: JSON.parse(await list("--json"))[0] };
}

describe("a soak that does not go to its end", { concurrency: 2, timeout: 120_000 }, () => {
  for (const isReplaced of [false, true]) {
    it(`because a shard process is killed is invalid, the shard ${isReplaced ? "replaced as asked" : "not replaced"}`, async () => {
      const started = soak("--hold", "9s", ...(isReplaced ? ["--replace-dead-shards"] : []));
      const run = await inMidSoak(started);
      const shard = readDescendants(started.child.pid!).find((pid) =>
        readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("shard-main"),
      );
      process.kill(shard!, "SIGKILL");
      const { code, stdout } = await started.ended;
      const report: Report = JSON.parse(stdout);
      const { planned, opened, closedByPlan, closedUnexpectedly, byCause, reconnects } = report.connections;
      const lost = connections / 3;
      const back = isReplaced ? lost : 0;
      assert.deepEqual([code, report.state, report.verdict], [3, "finished", "invalid"]);
      assert.deepEqual(
        [planned, opened, closedUnexpectedly, byCause["generator-died"]],
        [connections, connections, lost, lost],
      );
      assert.deepEqual(
        [reconnects, closedByPlan],
        [{ attempted: back, opened: back, refused: 0 }, connections - lost + back],
      );
      assert.equal(report.reasons[0]?.code, "generator-died");
      assert.deepEqual(
        [soakOf(report)?.replacedShards, report.notes.filter(({ code: what }) => what === "shard-died").length],
        [isReplaced ? 1 : 0, 1],
      );
      const { line, row } = await told(started.runs);
      assert.deepEqual([row.run, row.state, row.verdict], [run, "finished", "invalid"]);
      assert.match(line, /\binvalid\b/);
    });
  }

  it("because of Ctrl-C is drained, judged by what it held, and says how much that was", async () => {
    const started = soak("--hold", "8h");
    const run = await inMidSoak(started);
    started.child.kill("SIGINT");
    const { code, stdout } = await started.ended;
    const report: Report = JSON.parse(stdout);
    assert.deepEqual([code, report.state, report.connections.byCause.interrupted], [130, "interrupted", connections]);
    assert.match(
      report.notes.find(({ code: what }) => what === "soak-cut-short")?.text ?? "",
      /^stopped after .* of the planned 8h/,
    );
    assert.ok((soakOf(report)?.residue.length ?? 0) > 0, "what was left after the drain is told");
    const { line, row } = await told(started.runs);
    assert.deepEqual([row.run, row.state], [run, "interrupted"]);
    assert.match(line, /\binterrupted\b/);
  });

  it("because of kill -9 is told as interrupted, without a verdict, with what was judged by then", async () => {
    const started = soak("--hold", "8h");
    const run = await inMidSoak(started);
    assert.equal((await told(started.runs)).row.state, "running");
    const children = readDescendants(started.child.pid!);
    started.child.kill("SIGKILL");
    await started.ended;
    const { line, row } = await told(started.runs);
    assert.deepEqual([row.run, row.state, row.verdict, row.opened], [run, "interrupted", null, connections]);
    assert.match(line, /\binterrupted\b/);
    const report = readReport(started.runs, run)!;
    const block = soakOf(report);
    assert.equal(report.reasons[0]?.code, "killed");
    assert.ok(block?.memory != null && block.heldMs > 0, "the target was watched, and the block says so");
    await until(() => !children.some(isRunning), "the end of shards and target");
  });

  it("because it is killed after its drain, before what was left was judged, has no verdict either", async () => {
    // What leaks never comes back: the wait for the residue lasts as long as it may.
    const script = join(root, "leak.yaml");
    writeFileSync(script, "faults: [{ kind: life.leak, bytesPerPush: 8192 }]\n");
    const started = soak("--hold", "3s", "--faults", script, "--residue-after", "50s");
    const isDrained = (id: string): boolean => readReport(started.runs, id)?.timing.endedAt != null;
    const run = await until(() => listRuns(started.runs).find(isDrained), "the end of the drain");
    assert.equal(readReport(started.runs, run)?.state, "running");
    started.child.kill("SIGKILL");
    await started.ended;
    const { row } = await told(started.runs);
    assert.deepEqual([row.run, row.state, row.verdict], [run, "interrupted", null]);
  });
});
