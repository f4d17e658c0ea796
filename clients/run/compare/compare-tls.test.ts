import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import type { CompareScenario } from "../../scenario/compare-schema.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import { executeOne } from "../executors.ts";
import { executeCompare } from "./compare-run.ts";

it("available built-in targets are compared over TLS, with a handshake for every connection", async () => {
  const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-compare-tls-"));
  const targets = ["go", "node", "cpython", "pypy"];
  const held = { kind: "connections", connections: 20, rampPerSecond: 50, hold: "2s", push: { interval: "500ms" } };
  const patient = { tls: { serve: true }, timeouts: { connect: "30s", upgrade: "30s" } };
  const scenario = readScenario({ kind: "compare", targets, repeats: 1, scenarios: [{ ...held, ...patient }] });
  const options = {
    runsFolder,
    watch: () => [],
    signal: new AbortController().signal,
    allowedHosts: [],
    say: () => {},
  };
  try {
    const { report } = await executeCompare(scenario as CompareScenario, options, executeOne);
    // Runtimes other than Node may be missing on this machine; they are named.
    const skipped = report.summary.skipped.map(({ text }) => text);
    assert.equal(report.runs.length + skipped.length, targets.length, JSON.stringify(skipped));
    assert.ok(report.runs.some(({ target }) => target.name === "node"));
    for (const { connections, tls, target, pushes } of report.runs) {
      assert.deepEqual([connections.opened, tls?.handshakes, tls?.failed], [20, 20, 0], target.name);
      assert.ok((pushes?.received ?? 0) > 0 && pushes?.lost === 0, target.name);
    }
  } finally {
    rmSync(runsFolder, { recursive: true, force: true });
  }
});
