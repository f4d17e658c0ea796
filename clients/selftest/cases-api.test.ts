import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { apiCases } from "./cases-api.ts";
import { runCase } from "./selftest.ts";

describe("request latency at p50, p99 and p999 matches the target's account, to 1 ms", {
  timeout: 120_000,
}, () => {
  const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-selftest-api-"));
  after(() => rmSync(runsFolder, { recursive: true, force: true }));
  for (const test of apiCases) {
    it(`${test.name}: ${test.proves}`, async () => {
      const { error, checks } = await runCase(test, { runsFolder, signal: new AbortController().signal, atOnce: 1 });
      assert.equal(error, null);
      assert.deepEqual(
        checks.filter(({ ok }) => !ok),
        [],
      );
      for (const name of ["p50", "p99", "p999"])
        assert(checks.some(({ what }) => what === `request latency ${name}, ms`));
    });
  }
});
