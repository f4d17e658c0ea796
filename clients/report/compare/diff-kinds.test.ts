import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Interval } from "../model/interval.ts";
import type { Report } from "../model/report.ts";
import { publishedComparison, sampleAsked, sampleComparison, sampleHeld } from "../testing/sample-compare.ts";
import { samplePipeline, sampleVariant } from "../testing/sample-pipeline.ts";
import { sampleIntervals } from "../testing/sample-report.ts";
import { cellsOf } from "../text/text-table.ts";
import { diffReports, diffText } from "./diff.ts";
import { spreadRow } from "./diff-spread.ts";

const verdictOf = (figure: string, before: Report, after: Report) =>
  diffReports(before, after).rows.find((row) => row.figure === figure)?.verdict;
const reading = (median: number, half: number, samples = 3) => ({
  median,
  min: median - half,
  max: median + half,
  samples,
  isSpread: samples > 1,
});
const figure = { figure: "x", title: "x", unit: "milliseconds", better: "lower", nature: "level", floor: 1 } as const;

describe("diff of API runs", () => {
  it("calls fewer right answers, slower ones and more failures a regression", () => {
    const before = sampleAsked("go", 10_000, 12);
    assert.equal(diffReports(before, before).isRegression, false);
    assert.deepEqual(
      [verdictOf("qps", before, sampleAsked("go", 7000, 12)), verdictOf("qps", before, sampleAsked("go", 14_000, 12))],
      ["worse", "better"],
    );
    assert.equal(verdictOf("qps", before, sampleAsked("go", 9500, 12)), "same");
    assert.equal(verdictOf("latencyMs.request.p99", before, sampleAsked("go", 10_000, 30)), "worse");
    const failing = { ...before, requests: { ...before.requests!, ok: 960, failed: 40 } };
    assert.equal(verdictOf("requests.failed", before, failing), "worse");
    assert.equal(diffReports(before, failing).isRegression, true);
  });

  it("does not call it worse that more answers use more CPU, but that each uses more", () => {
    const step = {
      users: 100,
      ratePerSecond: null,
      heldMs: 1000,
      sent: 0,
      unsent: 0,
      failed: 0,
      unanswered: 0,
      latencyMs: null,
      targetRssMiB: null,
    };
    const run = (qps: number, cores: number): Report => {
      const asked = sampleAsked("go", qps, 12, { steps: [{ ...step, qps, ok: qps, targetCpu: cores }] });
      return {
        ...asked,
        usage: { ...asked.usage, target: { ...asked.usage.target!, cpu: { mean: cores, peak: cores } } },
      };
    };
    assert.equal(diffReports(run(10_000, 0.5), run(20_000, 1)).isRegression, false);
    assert.equal(verdictOf("cpuPerThousandAnswersMs", run(10_000, 0.5), run(10_000, 1)), "worse");
  });

  it("takes the noise of the throughput from the seconds of the hold", () => {
    const asked = (perSecond: (second: number) => number): Interval[] => {
      let ok = 0;
      return sampleIntervals(60).map((interval, second) => {
        ok += perSecond(second);
        return { ...interval, requests: { sent: ok, ok, failed: 0, byCause: {}, byStatusClass: {} } };
      });
    };
    const [steady, wild] = [asked(() => 10_000), asked((second) => (second % 20 < 10 ? 2000 : 18_000))];
    const of = (intervals: Interval[]) =>
      diffReports(sampleAsked("go", 10_000, 12), sampleAsked("go", 9000, 12), {
        beforeIntervals: intervals,
        afterIntervals: intervals,
      }).rows.find((row) => row.figure === "qps")?.verdict;
    assert.deepEqual([of(steady), of(wild)], ["worse", "same"]);
  });
});

describe("diff of pipeline runs", () => {
  const run = (ms: number, half = 5) =>
    samplePipeline("go", [
      sampleVariant("a", 9000),
      sampleVariant("b", ms, { ms: { median: ms, min: ms - half, max: ms + half } }),
    ]);

  it("sees every variant, not only the slowest", () => {
    assert.equal(verdictOf("variants.b.ms", run(100), run(150)), "worse");
    assert.equal(diffReports(run(100), run(150)).isRegression, true);
    assert.equal(diffReports(run(100), run(100)).isRegression, false);
    assert.equal(verdictOf("variants.b.ms", run(100, 40), run(150, 40)), "same");
  });

  it("says of a variant that is gone that it is unknown", () => {
    assert.equal(verdictOf("variants.b.ms", run(100), samplePipeline("go", [sampleVariant("a", 9000)])), "unknown");
    assert.equal(
      verdictOf("deployableMiB", run(100), {
        ...run(100),
        footprint: { startUpMs: null, starts: 0, deployableBytes: 99 << 20 },
      }),
      "worse",
    );
  });
});

describe("diff of comparisons", () => {
  it("is the same for one compared with itself, and has a row per figure, scenario and target", () => {
    const report = publishedComparison();
    const { rows, isRegression } = diffReports(report, report);
    assert.ok(rows.length > 40 && rows.every(({ verdict }) => verdict === "same"));
    assert.equal(isRegression, false);
    const text = diffText(diffReports(report, report));
    for (const line of text.split("\n")) assert.ok(cellsOf(line) <= 100, line);
    assert.doesNotMatch(text, /NaN|undefined|Infinity|null/);
  });

  it("finds the target that became worse, beyond the spread of its repeats", () => {
    const compared = (values: number[]) =>
      sampleComparison(
        values.flatMap((p99, index) =>
          ["go", "node"].map((target) => ({
            scenario: "connections",
            repeat: index + 1,
            report: sampleHeld(target, target === "go" ? p99 : 50, 65),
          })),
        ),
      );
    const { rows, isRegression } = diffReports(compared([10, 11]), compared([20, 21]));
    assert.ok(isRegression);
    assert.deepEqual(
      rows.filter(({ verdict }) => verdict === "worse" && rows).map(({ figure: name }) => name),
      ["connections push.p50 go", "connections push.p99 go", "connections push.p999 go"],
    );
    assert.equal(diffReports(compared([10, 30]), compared([12, 34])).isRegression, false);
  });

  it("calls a target that is gone unknown, and tells that the kinds differ", () => {
    const [two, one] = [
      publishedComparison(),
      sampleComparison([{ scenario: "connections", report: sampleHeld("go", 18, 65) }]),
    ];
    assert.ok(
      diffReports(two, one).rows.some(
        ({ figure: name, verdict }) => name === "connections push.p99 pypy" && verdict === "unknown",
      ),
    );
    assert.ok(diffReports(two, sampleHeld("go", 18, 65)).notes.some((note) => note.startsWith("the kind differs")));
  });
});

describe("spreadRow", () => {
  it("needs more than both spreads, 5 %, the floor, or 10 % where one was measured once", () => {
    const verdict = (...pair: [ReturnType<typeof reading>, ReturnType<typeof reading>]) =>
      spreadRow(figure, ...pair).verdict;
    assert.equal(verdict(reading(100, 1), reading(104, 1)), "same");
    assert.equal(verdict(reading(100, 1), reading(106, 1)), "worse");
    assert.equal(verdict(reading(100, 10), reading(119, 10)), "same");
    assert.equal(verdict(reading(100, 0, 1), reading(109, 0, 1)), "same");
    assert.equal(verdict(reading(100, 0, 1), reading(80, 0, 1)), "better");
    assert.equal(verdict(reading(1, 0), reading(1.9, 0)), "same");
    assert.equal(spreadRow({ ...figure, nature: "events" }, reading(0, 0), reading(3, 0)).verdict, "same");
    assert.equal(spreadRow({ ...figure, nature: "events" }, reading(0, 0), reading(30, 0)).verdict, "worse");
  });
});
