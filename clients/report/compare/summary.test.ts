import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ratioOf } from "../model/figures/reading.ts";
import { sampleAsked, sampleComparison, sampleHeld } from "../testing/sample-compare.ts";
import { samplePipeline, sampleVariant } from "../testing/sample-pipeline.ts";
import { bestOf, findRow } from "./summary.ts";

const reading = (median: number, min = median, max = median) => ({ median, min, max, samples: 2, isSpread: true });

describe("summarizeComparison", () => {
  it("is the median with least and most over the repeats, by figure, scenario and target", () => {
    const { summary } = sampleComparison(
      [10, 30, 20].map((p99, index) => ({
        scenario: "connections",
        repeat: index + 1,
        report: sampleHeld("go", p99, 65),
      })),
    );
    assert.deepEqual(findRow(summary, "connections", "push.p99")?.cells.go, {
      reading: { median: 20, min: 10, max: 30, samples: 3, isSpread: true },
      published: 18,
    });
    assert.deepEqual(findRow(summary, "connections", "rssMiB.steady")?.cells.go?.reading, {
      median: 65,
      min: 65,
      max: 65,
      samples: 3,
      isSpread: true,
    });
  });

  it("counts invalid and interrupted runs and keeps them out of every figure", () => {
    const report = sampleComparison([
      { scenario: "connections", report: sampleHeld("go", 10, 65) },
      {
        scenario: "connections",
        repeat: 2,
        report: sampleHeld("go", 9999, 65, { verdict: "invalid", reasons: [{ code: "generator-late", text: "ours" }] }),
      },
      { scenario: "connections", repeat: 3, report: sampleHeld("go", 9999, 65, { state: "interrupted" }) },
      { scenario: "connections", report: sampleHeld("node", 20, 90, { verdict: "fail" }) },
    ]);
    assert.deepEqual(findRow(report.summary, "connections", "push.p99")?.cells.go?.reading, {
      median: 10,
      min: 10,
      max: 10,
      samples: 1,
      isSpread: false,
    });
    assert.deepEqual(report.summary.outcomes, [
      { scenario: "connections", target: "go", counted: 1, failed: 0, invalid: 1, interrupted: 1 },
      { scenario: "connections", target: "node", counted: 1, failed: 1, invalid: 0, interrupted: 0 },
    ]);
    assert.equal(report.verdict, "fail");
    assert.match(report.reasons[0]?.text ?? "", /^go, connections, repeat 2: invalid: ours$/);
  });

  it("is invalid when a target has no run that counts, and without a verdict while it is not finished", () => {
    const invalid = { verdict: "invalid" as const };
    const report = sampleComparison([
      { scenario: "api", report: sampleAsked("go", 1, 1, invalid) },
      { scenario: "api", report: sampleAsked("node", 1, 1) },
    ]);
    assert.deepEqual([report.verdict, findRow(report.summary, "api", "qps")?.cells.go?.reading], ["invalid", null]);
    assert.deepEqual(sampleComparison([]).summary.rows, []);
    assert.equal(sampleComparison([]).verdict, null);
  });

  it("has the published variant of each runtime, the other parser apart, and the ends of a pipeline's own repeats", () => {
    const { summary } = sampleComparison([
      {
        scenario: "pipeline",
        report: samplePipeline("pypy", [sampleVariant("pypy ujson", 900), sampleVariant("pypy json", 100)]),
      },
      { scenario: "pipeline", report: samplePipeline("cpython", [sampleVariant("cpython json", 800)]) },
    ]);
    assert.deepEqual(findRow(summary, "pipeline", "ms")?.cells.pypy?.reading, {
      median: 100,
      min: 90,
      max: 110.00000000000001,
      samples: 5,
      isSpread: true,
    });
    assert.equal(findRow(summary, "pipeline", "otherMs")?.cells.pypy?.reading?.median, 900);
    assert.equal(
      findRow(summary, "pipeline", "ms")?.cells.cpython?.reading,
      null,
      "ujson was not measured, and json is not it",
    );
    assert.equal(findRow(summary, "footprint", "deployableMiB")?.cells.pypy?.reading?.isSpread, true);
  });

  it("sets figures in relation to cpython and go, where these were measured, never surer than both spreads", () => {
    const { summary } = sampleComparison([
      { scenario: "api", report: sampleAsked("go", 100, 1) },
      { scenario: "api", report: sampleAsked("node", 150, 1) },
      { scenario: "api", repeat: 2, report: sampleAsked("go", 120, 1) },
      { scenario: "api", repeat: 2, report: sampleAsked("node", 250, 1) },
    ]);
    const ratios = findRow(summary, "api", "qps")?.ratios;
    assert.deepEqual(Object.keys(ratios ?? {}), ["go"]);
    const node = ratios?.go?.node;
    assert.deepEqual([node?.min, node?.max, node?.median], [150 / 120, 2.5, 200 / 110]);
    assert.equal(ratios?.go?.go?.median, 1);
    assert.equal(ratioOf(reading(1), reading(1, 0, 2)), null, "a figure that may be zero is no reference");
    assert.equal(ratioOf(null, reading(1)), null);
  });

  it("has a figure for each step of a sweep", () => {
    const step = {
      ratePerSecond: null,
      heldMs: 1000,
      sent: 1,
      unsent: 0,
      ok: 1,
      failed: 0,
      unanswered: 0,
      latencyMs: null,
      targetCpu: null,
      targetRssMiB: null,
    };
    const steps = [
      { ...step, users: 50, qps: 400 },
      { ...step, users: 1000, qps: 410 },
    ];
    const { summary } = sampleComparison([{ scenario: "api", report: sampleAsked("pypy", 410, 1, { steps }) }]);
    assert.equal(findRow(summary, "api", "steps.1000.qps")?.cells.pypy?.reading?.median, 410);
  });
});

describe("bestOf", () => {
  it("names a best only where its spread lies apart from all others", () => {
    const cells = (go: [number, number], node: [number, number]) => ({
      go: { reading: reading(go[0], ...go), published: null },
      node: { reading: reading(node[0], ...node), published: null },
    });
    assert.equal(bestOf({ cells: cells([1, 2], [3, 4]), better: "lower" }), "go");
    assert.equal(bestOf({ cells: cells([1, 2], [3, 4]), better: "higher" }), "node");
    assert.equal(bestOf({ cells: cells([1, 3], [3, 4]), better: "lower" }), null);
    assert.equal(bestOf({ cells: { go: { reading: reading(1), published: null } }, better: "lower" }), null);
  });
});
