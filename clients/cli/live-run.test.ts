/**
 * Whole runs through the command line: exact counts, Ctrl-C, kill -9, metrics while it runs, the folder a run leaves.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isRunning, readDescendants } from "../measure/host/process-files.ts";
import type { Report } from "../report/model/report.ts";
import { listRuns, readIntervals, readReport } from "../run/folder/run-folder.ts";
import { type Started, startCommand, until } from "./testing/command-rig.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-runs-"));
after(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
/** Each command with a runs folder of its own. */
const start = (...args: string[]): Started => startCommand(join(root, String(folders++)), ...args);
const base = [
  "connections",
  "--target",
  "rehearsal",
  "--connections",
  "300",
  "--ramp-per-second",
  "1000",
  "--push-interval",
  "500ms",
];

function assertAddsUp({ connections, pushes }: Report): void {
  assert.equal(connections.planned, connections.opened + connections.refused + connections.notAttempted);
  assert.equal(
    connections.opened + connections.reconnects.opened,
    connections.closedByPlan + connections.closedUnexpectedly,
  );
  if (pushes !== null) assert.equal(pushes.due, pushes.received + pushes.lost);
}

test("a run opens all, loses nothing, keeps everything in its folder and exits 0", async () => {
  const { runs, ended } = start(...base, "--hold", "3s", "--json", "--quiet");
  const { code, stdout } = await ended;
  assert.equal(code, 0);
  const report: Report = JSON.parse(stdout);
  assertAddsUp(report);
  assert.deepEqual(
    [report.verdict, report.connections.opened, report.connections.closedByPlan, report.pushes?.lost],
    ["pass", 300, 300, 0],
  );
  assert.ok((report.pushes?.received ?? 0) >= 300 * 5);
  assert.equal(report.latencyMs.push?.count, report.pushes?.received);
  assert.deepEqual(
    [report.engine, report.clock],
    process.platform === "linux" ? ["kernel", "kernel"] : ["portable", "read"],
  );
  const folder = join(runs, report.run);
  for (const file of [
    "scenario.json",
    "report.json",
    "intervals.ndjson",
    "latency.hlog",
    "events.ndjson",
    "report.html",
  ])
    assert.ok(existsSync(join(folder, file)), file);
  assert.deepEqual(JSON.parse(readFileSync(join(folder, "report.json"), "utf8")).connections, report.connections);
  assert.match(readFileSync(join(folder, "report.html"), "utf8"), /<svg/);
});

test("the shards of a run add up to it: 1,001 connections over 4", async () => {
  const { ended } = start(...base, "--connections", "1001", "--shards", "4", "--hold", "2s", "--json", "--quiet");
  const report: Report = JSON.parse((await ended).stdout);
  assertAddsUp(report);
  assert.deepEqual([report.connections.opened, report.trust.shards, report.pushes?.lost], [1001, 4, 0]);
});

test("Ctrl-C drains and reports: exit 130, the partial report saved, nothing lost", async () => {
  const { child, runs, ended } = start(...base, "--hold", "300s", "--json", "--quiet");
  await until(() => listRuns(runs).find((run) => (readReport(runs, run)?.pushes?.received ?? 0) > 0), "a first push");
  child.kill("SIGINT");
  const { code, stdout } = await ended;
  assert.equal(code, 130);
  const report: Report = JSON.parse(stdout);
  assertAddsUp(report);
  assert.deepEqual(
    [report.state, report.connections.byCause.interrupted, report.pushes?.lost],
    ["interrupted", 300, 0],
  );
});

test("kill -9 leaves a readable run that is shown as interrupted, and no process behind", async () => {
  const { child, runs, ended } = start(...base, "--hold", "300s", "--quiet");
  const run = await until(
    () =>
      listRuns(runs).find((id) => readIntervals(join(runs, id)).some(({ connections }) => connections.open === 300)),
    "all open",
  );
  const children = readDescendants(child.pid!);
  assert.ok(children.length >= 2, "a shard and a target run below the command");
  child.kill("SIGKILL");
  await ended;
  const report = readReport(runs, run)!;
  assert.deepEqual([report.state, report.connections.opened, report.reasons[0]?.code], ["interrupted", 300, "killed"]);
  await until(() => !children.some(isRunning), "the end of shard and target");
});

test("a killed shard process makes the run invalid, its connections are named, and all adds up", async () => {
  const { child, runs, ended } = start(...base, "--shards", "3", "--hold", "4s", "--json", "--quiet");
  await until(
    () =>
      listRuns(runs).find((id) => readIntervals(join(runs, id)).some(({ connections }) => connections.open === 300)),
    "all open",
  );
  const shard = readDescendants(child.pid!).find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("shard-main"),
  );
  process.kill(shard!, "SIGKILL");
  const { code, stdout } = await ended;
  const report: Report = JSON.parse(stdout);
  assertAddsUp(report);
  assert.equal(code, 3);
  assert.deepEqual(
    [report.verdict, report.connections.byCause["generator-died"], report.connections.closedByPlan],
    ["invalid", 100, 200],
  );
});

test("a killed target is named by every connection: exit 4", async () => {
  const { child, runs, ended } = start(...base, "--hold", "300s", "--json", "--quiet");
  await until(
    () =>
      listRuns(runs).find((id) => readIntervals(join(runs, id)).some(({ connections }) => connections.open === 300)),
    "all open",
  );
  const target = readDescendants(child.pid!).find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("target-rehearsal/main"),
  );
  process.kill(target!, "SIGKILL");
  const { code, stdout } = await ended;
  const report: Report = JSON.parse(stdout);
  assertAddsUp(report);
  assert.equal(code, 4);
  assert.deepEqual([report.connections.byCause["target-died"], report.connections.closedUnexpectedly], [300, 300]);
});

test("metrics are served while the run goes on", async () => {
  const { child, stderr, ended } = start(...base, "--hold", "300s", "--metrics", "127.0.0.1:0");
  const url = await until(() => /metrics at (\S+)/.exec(stderr())?.[1], "the address of the metrics");
  const page = async (): Promise<string> => (await fetch(url)).text();
  let text = await page();
  for (let tries = 0; tries < 200 && !/holdfast_connections\{[^}]*state="open"[^}]*\} 300\b/.test(text); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    text = await page();
  }
  assert.match(text, /holdfast_connections\{[^}]*state="open"[^}]*\} 300\b/);
  assert.match(text, /holdfast_push_latency_seconds_bucket/);
  child.kill("SIGTERM");
  assert.equal((await ended).code, 130);
});
