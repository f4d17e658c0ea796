import assert from "node:assert/strict";
import { it } from "node:test";
import { samplePipeline, sampleVariant } from "../report/testing/sample-pipeline.ts";
import { sampleIntervals, sampleReport } from "../report/testing/sample-report.ts";
import type { Snapshot } from "../run/coordinate/observer.ts";
import { statusText } from "./status-line.ts";

const snapshotOf = (report: Snapshot["report"]): Snapshot =>
  ({
    run: report.run,
    phase: "hold",
    interval: sampleIntervals(10)[5]!,
    shards: [],
    replicas: [],
    report,
  }) as unknown as Snapshot;

it("says what a kind has: connections, or the runs of a pipeline's variants", () => {
  assert.match(statusText(snapshotOf(sampleReport())), /open [\d,]+\/[\d,]+/);
  const pipeline = statusText(snapshotOf(samplePipeline("go", [sampleVariant("go encoding/json", 200)])));
  assert.match(pipeline, /go encoding\/json \d+ runs/);
  assert.doesNotMatch(pipeline, /open/);
});
