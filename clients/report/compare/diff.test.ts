import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../measure/statistics/seeded-random.ts";
import { countNoise, quantileShares, resampledHalfWidth } from "../model/figures/noise.ts";
import type { Report } from "../model/report.ts";
import { emptyReport, sampleIntervals, sampleReport } from "../testing/sample-report.ts";
import { cellsOf } from "../text/text-table.ts";
import { type DiffOptions, diffReports, diffText } from "./diff.ts";
import type { DiffVerdict } from "./diff-row.ts";

function slower(factor: number): Report {
  const report = sampleReport();
  const push = report.latencyMs.push!;
  return {
    ...report,
    latencyMs: {
      ...report.latencyMs,
      push: { ...push, p50: push.p50 * factor, p99: push.p99 * factor, p999: push.p999 * factor },
    },
  };
}

function losing(lost: number): Report {
  const report = sampleReport();
  return { ...report, pushes: { ...report.pushes!, received: report.pushes!.due - lost, lost } };
}

function verdictOf(figure: string, before: Report, after: Report, options: DiffOptions = {}): DiffVerdict | undefined {
  return diffReports(before, after, options).rows.find((row) => row.figure === figure)?.verdict;
}

describe("diffReports", () => {
  it("decides nothing from a run that is invalid or was not finished", () => {
    const sound = sampleReport();
    assert.ok(diffReports(sound, sampleReport()).isConclusive);
    for (const changes of [{ verdict: "invalid" }, { verdict: null, state: "interrupted" }] as const) {
      for (const [before, after] of [
        [sound, sampleReport(changes)],
        [sampleReport(changes), sound],
      ] as const) {
        const diff = diffReports(before, after);
        assert.equal(diff.isConclusive, false);
        assert.match(diffText(diff), /INCONCLUSIVE/);
        assert.doesNotMatch(diffText(diff), /no regression/);
      }
    }
  });

  it("calls a run compared with itself the same in every figure", () => {
    const { rows, isRegression, notes } = diffReports(sampleReport(), sampleReport());
    assert.ok(rows.length >= 12 && rows.every((row) => row.verdict === "same" && row.why !== ""));
    assert.deepEqual([isRegression, notes], [false, []]);
  });

  it("calls a quantile worse or better only beyond its noise", () => {
    const table: [number, DiffVerdict][] = [
      [1.05, "same"],
      [2, "worse"],
      [0.5, "better"],
    ];
    for (const [factor, verdict] of table)
      assert.equal(verdictOf("latencyMs.push.p99", sampleReport(), slower(factor)), verdict, `${factor}`);
    assert.equal(diffReports(sampleReport(), slower(2)).isRegression, true);
  });

  it("takes the noise from the spread of the intervals when they are given", () => {
    const quiet = { beforeIntervals: sampleIntervals(600), afterIntervals: sampleIntervals(600, 1.3) };
    assert.equal(verdictOf("latencyMs.push.p50", sampleReport(), slower(1.3), quiet), "worse");
    const wild = sampleIntervals(600).map((interval, index) => ({
      ...interval,
      latencyMs: { push: { count: 9, p50: index % 90 === 0 ? 500 : 1, p90: 1, p99: 1, p999: 1, max: 1 } },
    }));
    assert.equal(
      verdictOf("latencyMs.push.p50", sampleReport(), slower(1.3), { beforeIntervals: wild, afterIntervals: wild }),
      "same",
    );
  });

  it("calls counts worse only beyond Poisson noise, and by how much there was to lose", () => {
    const table: [number, number, DiffVerdict][] = [
      [0, 3, "same"],
      [0, 5, "worse"],
      [100, 110, "same"],
      [100, 150, "worse"],
      [10, 0, "better"],
    ];
    for (const [before, after, verdict] of table)
      assert.equal(verdictOf("pushes.lost", losing(before), losing(after)), verdict, `${before} -> ${after}`);
    const tenfold = losing(1000);
    tenfold.pushes = { ...tenfold.pushes!, due: 599_400, received: 598_400 };
    assert.equal(verdictOf("pushes.lost", losing(100), tenfold), "same");
  });

  it("says what was not measured instead of judging it", () => {
    const { rows, isRegression } = diffReports(sampleReport(), emptyReport({ state: "finished" }));
    const push = rows.find((row) => row.figure === "latencyMs.push.p99");
    assert.deepEqual(
      [push?.verdict, push?.after, push?.ratio, push?.why],
      ["unknown", null, null, "not measured in the second run"],
    );
    assert.equal(isRegression, true, "no connection opened at all");
  });

  it("tells what makes two runs hard to compare, and a lost pass is a regression", () => {
    const { notes, isRegression } = diffReports(
      sampleReport(),
      sampleReport({ verdict: "fail", engine: "portable", scenario: { connections: 5 } }),
    );
    assert.ok(
      notes.some((note) => note.startsWith("the engine differs")) &&
        notes.some((note) => note.startsWith("the scenario differs")),
    );
    assert.equal(isRegression, true);
  });
});

describe("diffText", () => {
  it("prints a row per figure within 100 columns and the outcome", () => {
    for (const after of [slower(2), emptyReport(), sampleReport(), losing(40)]) {
      const text = diffText(diffReports(sampleReport(), after));
      assert.doesNotMatch(text, /NaN|undefined|Infinity|null/);
      assert.ok(text.split("\n").every((line) => cellsOf(line) <= 100));
    }
    assert.match(diffText(diffReports(sampleReport(), slower(2))), /^push p99 +21\.6 ms +43\.2 ms +2\.00x .*WORSE/m);
    assert.match(diffText(diffReports(sampleReport(), slower(2))), /^REGRESSION: .*push p99/m);
    assert.match(diffText(diffReports(sampleReport(), sampleReport())), /^no regression beyond noise$/m);
  });
});

describe("noise", () => {
  it("resamples repeatably, and needs five values", () => {
    const values = Array.from({ length: 100 }, (_, index) => index % 7);
    assert.equal(resampledHalfWidth(values, seededRandom(3)), resampledHalfWidth(values, seededRandom(3)));
    assert.equal(resampledHalfWidth([1, 2, 3, 4], seededRandom(3)), null);
    assert.equal(resampledHalfWidth([4, 4, 4, 4, 4], seededRandom(3)), 0);
  });

  it("widens the ranks of a quantile as samples get fewer", () => {
    const [few, many] = [quantileShares(100, 0.5), quantileShares(10_000, 0.5)];
    assert.ok(few.high - few.low > many.high - many.low);
    assert.deepEqual(quantileShares(0, 0.99), { low: 0, high: 1 });
    assert.ok(countNoise(0, 3, 1) > 3 && countNoise(0, 4, 1) < 4);
  });
});
