import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Check, Errors } from "#typebox/value";
import { publishedComparison, sampleAsked, sampleHeld } from "../testing/sample-compare.ts";
import { samplePipeline, sampleVariant } from "../testing/sample-pipeline.ts";
import { emptyReport, sampleReport } from "../testing/sample-report.ts";
import { type Report, ReportSchema, reportSchemas } from "./report.ts";

/** As a reader of report.json has it. */
const saved = (report: Report): unknown => JSON.parse(JSON.stringify(report));

const asked = { ...sampleAsked("go", 1000, 5), steps: [] };
const samples: Record<string, Report> = {
  connections: sampleReport(),
  "connections, just begun": emptyReport(),
  "connections on another target": sampleHeld("node", 20, 90),
  api: asked,
  pipeline: samplePipeline("go", [sampleVariant("go encoding/json", 500)]),
  compare: publishedComparison(),
};

describe("the schema of a report", () => {
  for (const [name, report] of Object.entries(samples)) {
    it(`holds for ${name}, by its kind and by the union`, () => {
      const schema = reportSchemas[report.kind as keyof typeof reportSchemas];
      assert.deepEqual([...Errors(schema, saved(report))].slice(0, 3), []);
      assert.ok(Check(ReportSchema, saved(report)));
    });
  }

  it("refuses a report of no kind, without its counts, or with another kind's blocks in place of its own", () => {
    const { connections: _, ...uncounted } = sampleReport();
    for (const broken of [
      uncounted,
      { ...sampleReport(), kind: "unheard-of" },
      { ...sampleReport(), kind: "api" },
      { ...asked, kind: "capacity" },
    ])
      assert.equal(Check(ReportSchema, saved(broken as Report)), false);
  });
});
