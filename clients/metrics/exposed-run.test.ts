import assert from "node:assert/strict";
import { it } from "node:test";
import { samplePipeline, sampleVariant } from "../report/testing/sample-pipeline.ts";
import { exposedVariants } from "./exposed-run.ts";

it("shows the variants of a pipeline on the metrics page", () => {
  const both = samplePipeline("pypy", [sampleVariant("a", 400), sampleVariant("b", 700, { rssMiB: 99 })]);
  assert.deepEqual(exposedVariants(both)[1], {
    variant: "b",
    lines: 500_000,
    medianMs: 700,
    uniqueUsers: 12_345,
    rssMiB: 99,
  });
});
