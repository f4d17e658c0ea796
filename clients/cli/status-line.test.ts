import assert from "node:assert/strict";
import { it } from "node:test";
import { samplePipeline, sampleVariant } from "../report/testing/sample-pipeline.ts";
import { sampleIntervals, sampleReport } from "../report/testing/sample-report.ts";
import type { Snapshot } from "../run/coordinate/observer.ts";
import { StatusLine, statusText } from "./status-line.ts";

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

it("says the target's CPU as the mean since the line before, where there is a line every few seconds", () => {
  const lines: string[] = [];
  const line = new StatusLine({ isTTY: false, write: (text: string) => lines.push(text) } as never);
  const { interval, ...rest } = snapshotOf(sampleReport());
  for (let second = 0; second <= 10; second++) {
    const usage = { ...interval.usage, target: { ...interval.usage.target!, cpu: second % 5 === 2 ? 1 : 0 } };
    line.snapshot({ ...rest, interval: { ...interval, atMs: second * 1000, usage } });
  }
  assert.deepEqual(
    lines.map((text) => / (\S+) cores/.exec(text)?.[1]),
    ["0.00", "0.20", "0.20"],
  );
});
