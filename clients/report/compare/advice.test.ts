import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { articleAdvice, articleClaims } from "../model/figures/article.ts";
import type { Reading } from "../model/figures/reading.ts";
import type { AdviceOutcome, SummaryRow } from "../model/schema/compare-block.ts";
import { publishedComparison, sampleAsked, sampleComparison } from "../testing/sample-compare.ts";
import { allOf, isAbove, isBelow, isLess, type JudgedSummary, judgeAdvice } from "./advice.ts";

const subject = (min: number, max = min, more: { samples?: number; isSpread?: boolean } = {}) => ({
  name: "go QPS",
  unit: "perSecond" as const,
  reading: { median: (min + max) / 2, min, max, samples: 2, isSpread: true, ...more },
});
const missing = { name: "pypy QPS", unit: "perSecond" as const, reading: null };

/** A summary with these cells: section.figure, target, reading. */
function summaryOf(
  cells: [string, string, Partial<Reading> & { median: number }][],
  heldMs: number | null = 60_000,
): JudgedSummary {
  const rows = cells.map(([name, target, given]): SummaryRow => {
    const [section = "", ...figure] = name.split(".");
    const reading = { min: given.median, max: given.median, samples: 3, isSpread: true, ...given };
    const cell = { [target]: { reading, published: null } };
    return {
      scenario: section,
      kind: section,
      section: section as SummaryRow["section"],
      figure: figure.join("."),
      title: name,
      unit: "count",
      better: "lower",
      nature: "level",
      cells: cell,
      ratios: {},
    };
  });
  const merged = new Map<string, SummaryRow>();
  for (const row of rows) {
    const key = `${row.section} ${row.figure}`;
    const before = merged.get(key);
    merged.set(key, before === undefined ? row : { ...before, cells: { ...before.cells, ...row.cells } });
  }
  return { rows: [...merged.values()], scenarios: [{ name: "api", kind: "api", title: "", repeats: 3, heldMs }] };
}

const outcomeIn = (summary: JudgedSummary, id: string): [AdviceOutcome | undefined, string] => {
  const found = judgeAdvice(summary).find((one) => one.id === id);
  return [found?.outcome, found?.figure ?? ""];
};

describe("a condition", () => {
  const above: [string, Parameters<typeof isAbove>[0], AdviceOutcome][] = [
    ["all of the spread above", subject(110, 120), "confirmed"],
    ["all below", subject(80, 90), "refuted"],
    ["the bound within the spread", subject(90, 120), "undecided"],
    ["a tie", subject(100, 100), "undecided"],
    ["touching from above", subject(100, 120), "undecided"],
    ["measured once, however far", subject(9999, 9999, { samples: 1, isSpread: false }), "undecided"],
    ["not measured", missing, "undecided"],
    ["in doubt", { ...subject(9999), doubt: "too short" }, "undecided"],
  ];
  for (const [name, given, outcome] of above) {
    it(`of a bound: ${name} is ${outcome}`, () => {
      assert.equal(isAbove(given, 100).outcome, outcome);
      const opposite = { confirmed: "refuted", refuted: "confirmed", undecided: "undecided" } as const;
      assert.equal(isBelow(given, 100).outcome, opposite[outcome]);
      assert.doesNotMatch(isAbove(given, 100).figure, /NaN|undefined|Infinity|null/);
    });
  }

  it("of two figures is decided only where their spreads lie apart", () => {
    assert.equal(isLess(subject(1, 2), subject(3, 4)).outcome, "confirmed");
    assert.equal(isLess(subject(3, 4), subject(1, 2)).outcome, "refuted");
    assert.equal(isLess(subject(1, 3), subject(3, 4)).outcome, "undecided");
    assert.equal(isLess(subject(2), subject(2)).outcome, "undecided");
    assert.equal(isLess(subject(1, 1, { isSpread: false }), subject(3, 4)).outcome, "undecided");
    assert.match(isLess(subject(1), missing).figure, /pypy QPS not measured/);
    assert.match(isLess(subject(1, 1, { isSpread: false }), subject(3, 4)).figure, /measured only once, so noise/);
  });

  it("of several is refuted by one, and names the figures that made it so", () => {
    const findings = {
      yes: { outcome: "confirmed", figure: "a" },
      no: { outcome: "refuted", figure: "b" },
      open: { outcome: "undecided", figure: "c" },
    } as const;
    assert.deepEqual(allOf(findings.yes, findings.open, findings.no), { outcome: "refuted", figure: "b" });
    assert.deepEqual(allOf(findings.yes, findings.open), { outcome: "undecided", figure: "c" });
    assert.deepEqual(allOf(findings.yes, findings.yes), { outcome: "confirmed", figure: "a; a" });
  });
});

describe("judgeAdvice", () => {
  it("has a line for all advice and every claim, all undecided when nothing was measured", () => {
    const judged = judgeAdvice({ rows: [], scenarios: [] });
    assert.deepEqual(
      judged.map(({ id }) => id),
      [...articleAdvice, ...articleClaims].map(({ id }) => id),
    );
    assert.ok(judged.every(({ outcome, figure }) => outcome === "undecided" && /not measured/.test(figure)));
  });

  it("comes to the article's own figures' conclusions from the article's own figures", () => {
    const outcomes = Object.fromEntries(publishedComparison().advice.map(({ id, outcome }) => [id, outcome]));
    assert.deepEqual(outcomes, {
      // Its own PyPy does not reach the 5,000 QPS it is advised for.
      "api-below-5000": "refuted",
      "api-above-10000": "confirmed",
      "offline-scripts": "confirmed",
      "stream-processing": "confirmed",
      "long-connections": "confirmed",
      "cloud-native": "confirmed",
      // 4,200 over 2,800 is exactly the bound.
      "pypy-over-cpython": "undecided",
      // 12,500 over 4,200 is 2.98.
      "go-over-pypy": "undecided",
      "pypy-stops-growing": "undecided",
      "go-grows-on": "undecided",
      // 1.5 over 1.1 is 1.364.
      "pypy-near-go": "undecided",
      "pypy-c-extension": "confirmed",
      "pypy-capacity": "undecided",
      "go-capacity": "undecided",
    });
  });

  it("decides nothing by runs that were invalid", () => {
    const invalid = { verdict: "invalid" as const };
    const report = sampleComparison(
      [1, 2].map((repeat) => ({ scenario: "api", repeat, report: sampleAsked("pypy", 9000, 1, invalid) })),
    );
    assert.equal(report.advice.find(({ id }) => id === "api-below-5000")?.outcome, "undecided");
  });

  it("decides nothing by a PyPy that was not measured long enough for its compiler", () => {
    assert.deepEqual(
      outcomeIn(summaryOf([["api.qps", "pypy", { median: 100 }]], 60_000), "api-below-5000")[0],
      "refuted",
    );
    const [outcome, figure] = outcomeIn(summaryOf([["api.qps", "pypy", { median: 100 }]], 3000), "api-below-5000");
    assert.equal(outcome, "undecided");
    assert.match(figure, /pypy was measured for 3 s: too short/);
  });

  const footprints: [string, number, Partial<Reading> & { median: number }, AdviceOutcome][] = [
    ["small and quick", 16, { median: 20, min: 15, max: 40 }, "confirmed"],
    ["too large", 21, { median: 20, min: 15, max: 40 }, "refuted"],
    ["sometimes slow", 16, { median: 60, min: 30, max: 130 }, "undecided"],
    ["always slow", 16, { median: 400, min: 300, max: 500 }, "refuted"],
  ];
  for (const [name, size, start, expected] of footprints) {
    it(`calls a Go binary that is ${name} ${expected}`, () => {
      const summary = summaryOf([
        ["footprint.deployableMiB", "go", { median: size }],
        ["footprint.startUpMs", "go", start],
      ]);
      assert.equal(outcomeIn(summary, "cloud-native")[0], expected);
    });
  }

  const capacities: [string, number | null, number | null, string, AdviceOutcome][] = [
    ["held enough, no failure known", 50_000, null, "go-capacity", "confirmed"],
    ["failed below", 20_000, 25_000, "go-capacity", "refuted"],
    ["held less, and nobody knows where it fails", 20_000, null, "go-capacity", "undecided"],
    ["the bound between both", 45_000, 55_000, "go-capacity", "undecided"],
    ["about eight thousand", 7900, 8600, "pypy-capacity", "confirmed"],
    ["far more", 30_000, null, "pypy-capacity", "refuted"],
  ];
  for (const [name, lower, upper, id, expected] of capacities) {
    it(`${id}: ${name} is ${expected}`, () => {
      const target = id.split("-")[0]!;
      const summary = summaryOf([
        ...(lower === null
          ? []
          : [["capacity.lower", target, { median: lower }] as [string, string, { median: number }]]),
        ...(upper === null
          ? []
          : [["capacity.upper", target, { median: upper }] as [string, string, { median: number }]]),
      ]);
      assert.equal(outcomeIn(summary, id)[0], expected);
    });
  }

  it("tells growth with the users from none", () => {
    const steps = (target: string, few: number, many: number) =>
      summaryOf([
        ["api.steps.50.qps", target, { median: few, min: few * 0.98, max: few * 1.02 }],
        ["api.steps.1000.qps", target, { median: many, min: many * 0.98, max: many * 1.02 }],
      ]);
    assert.equal(outcomeIn(steps("pypy", 1000, 1000), "pypy-stops-growing")[0], "confirmed");
    assert.equal(outcomeIn(steps("pypy", 1000, 2000), "pypy-stops-growing")[0], "refuted");
    assert.equal(outcomeIn(steps("go", 1000, 2000), "go-grows-on")[0], "confirmed");
    assert.equal(outcomeIn(steps("go", 1000, 1100), "go-grows-on")[0], "undecided");
  });
});
