import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { stageCases } from "./cases-stages.ts";
import { runCase } from "./selftest.ts";

describe("a staged load", { concurrency: 2, timeout: 120_000 }, () => {
  for (const test of stageCases) {
    for (const over of [{}, { shards: 3 }, { engine: "portable" }]) {
      it(`${test.name} ${JSON.stringify(over)}: ${test.proves}`, async () => {
        const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-stages-"));
        try {
          const told = { ...test, scenario: { ...test.scenario, ...over } };
          const { checks, error } = await runCase(told, {
            runsFolder,
            signal: new AbortController().signal,
            atOnce: 1,
          });
          assert.deepEqual(error ?? checks.filter(({ ok }) => !ok), []);
        } finally {
          rmSync(runsFolder, { recursive: true, force: true });
        }
      });
    }
  }
});
