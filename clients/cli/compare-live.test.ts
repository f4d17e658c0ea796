/**
 * Whole comparisons through the command line, tiny: what is printed, what is kept, Ctrl-C, and what diff makes of two.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { cellsOf } from "../report/text/text-table.ts";
import { compareInput } from "./commands/compare-command.ts";

const entry = fileURLToPath(new URL("./main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "holdfast-compare-live-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function holdfast(
  args: readonly string[],
  begun: (child: ChildProcess, stderr: string) => void = () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, [entry, ...args, "--runs", join(folder, "runs")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    begun(child, stderr);
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
}

const api = "{ kind: api, users: 2, paths: [/healthz], expectBody: none, hold: 1s, warmUp: 0s }";
const connections = "{ kind: connections, connections: 40, rampPerSecond: 400, hold: 1s, push: { interval: 300ms } }";

/** Why runs of a comparison are invalid; empty when all count. */
function invalidOf(json: string): string[] {
  const { runs } = JSON.parse(json) as { runs: { verdict: string; reasons: { text: string }[] }[] };
  return runs.flatMap(({ verdict, reasons }) => (verdict === "invalid" ? reasons.map(({ text }) => text) : []));
}

describe("holdfast compare", { timeout: 180_000 }, () => {
  it("runs a file's scenarios on its targets, repeated, and prints, keeps, lists and compares them again", async (test) => {
    const file = join(folder, "compare.yaml");
    writeFileSync(
      file,
      `kind: compare\ntargets: [rehearsal, node]\nrepeats: 2\nscenarios:\n  - ${connections}\n  - ${api}\n`,
    );
    // A hold of a second is soon spoilt on a busy host; what is asserted is about runs that count.
    let { code, stdout, stderr } = await holdfast(["run", file, "--json"]);
    for (let again = 0; again < 2 && invalidOf(stdout).length > 0; again++) {
      test.diagnostic(`again: ${invalidOf(stdout).join("; ")}`);
      ({ code, stdout, stderr } = await holdfast(["run", file, "--json"]));
    }
    assert.ok(code === 0 || code === 1, `${code} ${stderr}`);
    const report = JSON.parse(stdout);
    assert.deepEqual([report.schema, report.kind, report.state], [1, "compare", "finished"]);
    // Node.js is there, we run on it; its packages may not be.
    const targets: string[] = report.summary.targets;
    assert.ok(targets.includes("rehearsal"));
    assert.equal(report.runs.length, 4 * targets.length, stderr);
    for (const { kind, connections: counts } of report.runs) assert.equal(counts.opened, kind === "api" ? 2 : 40);
    assert.match(stderr, /run 1 of \d+: connections on rehearsal, repeat 1 of 2; about .* left/);
    const path = join(folder, "runs", report.run);
    for (const name of ["report.html", "report.md", "scenario.json"]) assert.ok(existsSync(join(path, name)), name);

    const shown = await holdfast(["report", "last"]);
    assert.match(shown.stdout, /^Long connections: [\s\S]*^API: /m);
    for (const line of shown.stdout.split("\n")) assert.ok(cellsOf(line) <= 80 || line.includes(folder), line);
    const listed = await holdfast(["runs", "--json"]);
    const own = JSON.parse(listed.stdout).find((row: { kind: string }) => row.kind === "compare");
    assert.deepEqual([own.run, own.runs.length], [report.run, report.runs.length]);
    const same = await holdfast(["diff", report.run, report.run]);
    assert.deepEqual([same.code, /no regression beyond noise/.test(same.stdout)], [0, true]);
  });

  it("keeps what there is at Ctrl-C and exits 130", async () => {
    let isSent = false;
    const { code, stdout, stderr } = await holdfast(
      ["compare", "--target", "rehearsal", "--connections", "20", "--hold", "60s", "--push-interval", "200ms"],
      (child, text) => {
        if (isSent || !/rehearsal hold/.test(text)) return;
        isSent = true;
        child.kill("SIGINT");
      },
    );
    assert.equal(code, 130, stderr);
    assert.match(stdout, /HTML report: .*-compare-rehearsal-/);
  });
});

describe("compareInput", () => {
  const flags = (given: object) =>
    compareInput({ runs: "runs", ...given }) as {
      scenarios?: (string | Record<string, unknown>)[];
      repeats?: number;
      targets: string[];
    };

  it("is the preset without a word about connections", () => {
    assert.deepEqual(flags({ target: ["go"] }), { kind: "compare", preset: "quick", targets: ["go"] });
    assert.deepEqual(flags({ preset: "article", scenario: ["api"], repeats: 5 }).scenarios, ["api"]);
    assert.deepEqual(flags({}).targets, ["go", "cpython", "pypy", "node"]);
    assert.throws(() => flags({ preset: "slow" }), /expected one of quick, article/);
  });

  it("is one scenario of long connections, once, with one", () => {
    const { scenarios, repeats } = flags({ connections: 1000, hold: "10s", target: ["go", "node"] });
    assert.deepEqual([scenarios?.length, repeats], [1, 1]);
    assert.deepEqual(scenarios?.[0], {
      kind: "connections",
      title: "1,000 connections",
      connections: 1000,
      rampPerSecond: 2000,
      hold: "10s",
      push: { interval: "1s", bytes: 100 },
    });
  });

  it("lays what is about the target over every scenario that knows it", () => {
    const { scenarios = [] } = flags({ targetCpus: "0", replicas: 2 });
    assert.deepEqual(
      scenarios.map((scenario) =>
        typeof scenario === "string" ? scenario : [scenario.kind, scenario.targetCpus, scenario.replicas],
      ),
      [
        ["connections", "0", 2],
        ["api", "0", 2],
        ["streams", "0", 2],
        ["pipeline", "0", undefined],
      ],
    );
  });
});
