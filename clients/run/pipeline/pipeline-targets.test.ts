import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runsSheet } from "../../report/compare/runs.ts";
import { relateToCpython } from "../../report/model/figures/pipeline-figures.ts";
import type { Report } from "../../report/model/report.ts";
import { sheetText } from "../../report/text/text.ts";
import type { PipelineScenario } from "../../scenario/pipeline-schema.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import { checkAvailability } from "../../target/availability.ts";
import { needsBuild } from "../../target/build.ts";
import { readManifests } from "../../target/manifest.ts";
import { executePipeline } from "./pipeline-run.ts";

/** The built-in targets with a pipeline that can run here without a build. */
async function usable(): Promise<string[]> {
  const manifests = readManifests().filter(({ pipeline }) => pipeline.length > 0);
  const states = await Promise.all(manifests.map(checkAvailability));
  return manifests
    .filter((manifest, index) => states[index]?.state === "available" && !needsBuild(manifest))
    .map(({ name }) => name);
}

describe("the pipelines of the built-in targets", { timeout: 110_000 }, () => {
  it("find every user, event and bad line of a generated log, and can be profiled", async (context) => {
    const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-pipelines-"));
    const reports: Report[] = [];
    try {
      for (const name of await usable()) {
        const scenario = readScenario({
          kind: "pipeline",
          target: name,
          lines: 2000,
          badLines: 9,
          uniqueUsers: 0.3,
          repeats: 1,
          starts: 0,
          profile: true,
        });
        const options = {
          runsFolder,
          watch: () => [],
          signal: new AbortController().signal,
          allowedHosts: [],
          say: () => {},
        };
        const report = await executePipeline(scenario as PipelineScenario, name, options);
        reports.push(report);
        for (const variant of report.variants ?? []) {
          assert.ok(variant.ok || variant.state === "unavailable", `${variant.name}: ${variant.why}`);
          if (variant.ok)
            assert.deepEqual([variant.uniqueUsers, variant.badLines, variant.firstBadLine], [600, 9, 223]);
        }
        assert.equal(report.verdict, "pass");
        // A sampler may see nothing within 20 ms, and then says so.
        const unsampled = report.notes.filter(({ code }) => code === "no-profile").map(({ text }) => text);
        for (const text of unsampled) assert.match(text, /took no sample/);
      }
      if (reports.length === 0) return context.skip("no target is built");
      context.diagnostic(`\n${sheetText(runsSheet(reports.map((report) => ({ report }))))}`);
      const related = relateToCpython(reports).flatMap(({ variants }) => variants ?? []);
      const reference = related.find(({ name }) => name === "cpython ujson");
      if (reference?.ok) assert.ok(related.every(({ ok, relativeToCpython }) => !ok || (relativeToCpython ?? 0) > 0));
    } finally {
      rmSync(runsFolder, { recursive: true, force: true });
    }
  });
});
