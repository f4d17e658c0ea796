import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ClassificationRule,
  classifyLoad,
  conditionalThroughput,
  relevantBounds,
  standings,
  type Trial,
  type TrialOutcome,
} from "./search-bounds.ts";
import { searchOptions } from "./search-goal.ts";

const second = 1000;
const trials = (count: number, seconds: number, failed: boolean) =>
  Array.from({ length: count }, () => ({ durationMs: seconds * second, failed }));

/**
 * The four goals and six points of the example search in RFC 9971; a goal with a loss ratio of 0.5 % passes the 0.1 %
 * trial. At the last two points the draft's table calls the load a lower bound for "20% exceed", although the exceed
 * ratios it prints there (42.857 % and 27.273 %) are above 20 %: the rule is followed here, not that cell.
 */
const rules: { name: string; rule: ClassificationRule; passesTenth: boolean }[] = [
  {
    name: "RFC2544",
    rule: { finalTrialMs: 60 * second, durationSumMs: 60 * second, exceedRatio: 0 },
    passesTenth: false,
  },
  {
    name: "TST009",
    rule: { finalTrialMs: 60 * second, durationSumMs: 120 * second, exceedRatio: 0.5 },
    passesTenth: false,
  },
  {
    name: "1s final",
    rule: { finalTrialMs: second, durationSumMs: 120 * second, exceedRatio: 0.5 },
    passesTenth: true,
  },
  {
    name: "20% exceed",
    rule: { finalTrialMs: 60 * second, durationSumMs: 60 * second, exceedRatio: 0.2 },
    passesTenth: true,
  },
];
const points = [
  { short: [59, 0], long: [0, 0], classes: ["undecided", "undecided", "undecided", "undecided"] },
  { short: [59, 1], long: [0, 0], classes: ["upper", "undecided", "undecided", "undecided"] },
  { short: [59, 60], long: [0, 0], classes: ["upper", "undecided", "undecided", "upper"] },
  { short: [60, 60], long: [0, 0], classes: ["upper", "undecided", "lower", "upper"] },
  { short: [60, 60], long: [0, 1], classes: ["upper", "undecided", "lower", "upper"] },
  { short: [60, 60], long: [1, 1], classes: ["upper", "lower", "lower", "upper"] },
] as const;

test("loads are classified as in the example search of RFC 9971", () => {
  for (const [index, { short, long, classes }] of points.entries()) {
    for (const [which, { name, rule, passesTenth }] of rules.entries()) {
      const results = [
        ...trials(short[0], 1, false),
        ...trials(short[1], 1, true),
        ...trials(long[0], 60, false),
        ...trials(long[1], 60, !passesTenth),
      ];
      assert.equal(classifyLoad(results, rule), classes[which], `point ${index + 1}, ${name}`);
    }
  }
});

test("a majority of three decides a load with exceed ratio 0.5 and a sum of three trials", () => {
  const rule = { finalTrialMs: 300 * second, durationSumMs: 900 * second, exceedRatio: 0.5 };
  const table = [
    ["", "undecided"],
    ["p", "undecided"],
    ["f", "undecided"],
    ["pf", "undecided"],
    ["pp", "lower"],
    ["ff", "upper"],
    ["pfp", "lower"],
    ["pff", "upper"],
  ] as const;
  for (const [letters, expected] of table) {
    assert.equal(
      classifyLoad(
        [...letters].map((letter) => ({ durationMs: 300 * second, failed: letter === "f" })),
        rule,
      ),
      expected,
      letters,
    );
  }
});

const [goal] = searchOptions("standard", {
  goals: [{ name: "strict", lossRatio: 0, latencyP99Ms: null }],
  ceiling: { load: 1e6, reason: "ports" },
}).goals;
assert.ok(goal);
const trial = (load: number, outcome: TrialOutcome, durationMs = 300 * second, more: Partial<Trial> = {}): Trial => ({
  load,
  durationMs,
  elapsedMs: durationMs,
  outcome: { strict: outcome },
  ...more,
});

test("a failure at a smaller load takes precedence over a pass at a larger one (loss inversion)", () => {
  const loads = [
    [1000, "pass"],
    [2000, "fail"],
    [4000, "pass"],
    [8000, "fail"],
  ] as const;
  const all = loads.flatMap(([load, outcome]) => [trial(load, outcome), trial(load, outcome)]);
  assert.deepEqual(relevantBounds(standings(all, goal, goal, 0)), { lower: 1000, upper: 2000 });
});

test("a failed confirmation makes its load an upper bound regardless of the majority", () => {
  const all = [...Array.from({ length: 9 }, () => trial(1000, "pass")), trial(1000, "fail", 900 * second)];
  assert.equal(standings(all, goal, goal, 0)[0]?.class, "lower");
  assert.equal(standings(all, goal, goal, 900 * second)[0]?.class, "upper");
});

test("invalid trials decide nothing, and a valid one ends their streak", () => {
  const invalid = trial(1000, "invalid", 300 * second, { limitedBy: "generator-cpu" });
  const [standing] = standings([invalid, trial(1000, "pass"), invalid, invalid], goal, goal, 0);
  assert.deepEqual(
    [standing?.class, standing?.invalidStreak, standing?.invalidReason],
    ["undecided", 2, "generator-cpu"],
  );
});

test("conditional throughput is the delivered load of the median full-length trial", () => {
  const told = [0.2, 0, 0.1].map((lossRatio) => trial(1000, "pass", 300 * second, { lossRatio }));
  assert.equal(conditionalThroughput(told, 1000, goal), 900);
  assert.equal(conditionalThroughput([trial(1000, "pass")], 1000, goal), null);
});
