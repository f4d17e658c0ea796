import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { burstsOf, judgeTrial, type TrialFigures } from "./trial-judgement.ts";

const strict = { lossRatio: 1e-5, latencyP99Ms: null };
const quick = { lossRatio: 1e-3, latencyP99Ms: 50 };
const bursts = (p99s: readonly number[]) => p99s.map((p99Ms, index) => ({ atMs: index * 1000, p99Ms }));
const good: TrialFigures = {
  planned: 10_000,
  opened: 10_000,
  refused: 0,
  closedUnexpectedly: 0,
  targetDied: false,
  pushes: { due: 100_000, lost: 0, late: 0 },
  p99Ms: 20,
  bursts: bursts(Array.from({ length: 20 }, (_, index) => 18 + (index % 3))),
  owed: [],
  latencies: {},
  notApplied: null,
  invalid: null,
};

describe("a trial", () => {
  const cases: [what: string, changed: Partial<TrialFigures>, strict: string | null, quick: string | null][] = [
    ["with nothing wrong", {}, null, null],
    ["with one refusal in 10,000", { refused: 1 }, "refused", null],
    ["with 11 refusals", { refused: 11 }, "refused", "refused"],
    ["with one close", { closedUnexpectedly: 1 }, "unexpected-closes", null],
    ["with one late push in 100,000", { pushes: { due: 100_000, lost: 0, late: 1 } }, null, null],
    ["with two lost pushes", { pushes: { due: 100_000, lost: 2, late: 0 } }, "lost-pushes", null],
    [
      "with lost and late pushes together beyond the share",
      { pushes: { due: 100_000, lost: 60, late: 60 } },
      "lost-pushes",
      "lost-pushes",
    ],
    [
      "with lost pushes beside messages that all came",
      { pushes: { due: 1000, lost: 500, late: 0 }, owed: [{ criterion: "lost-messages", due: 1000, failed: 0 }] },
      "lost-pushes",
      "lost-pushes",
    ],
    ["with a p99 above the limit", { p99Ms: 51 }, null, "push-p99"],
    ["with half of its bursts above the limit", { bursts: bursts([10, 10, 60, 60, 60]) }, null, "burst-p99"],
    [
      "with a p99 that rises",
      { bursts: bursts(Array.from({ length: 24 }, (_, index) => 10 + index)) },
      "rising-p99",
      "rising-p99",
    ],
    ["whose target died", { targetDied: true, closedUnexpectedly: 10_000 }, "target-died", "target-died"],
    ["whose stamps say when and not which", { pushes: null }, null, null],
    ["whose stamps say when and not which, with a p99 above the limit", { pushes: null, p99Ms: 400 }, null, "push-p99"],
  ];
  for (const [what, changed, byStrict, byQuick] of cases) {
    it(`${what}: ${byStrict ?? "pass"} for a strict goal, ${byQuick ?? "pass"} with a latency limit`, () => {
      const figures = { ...good, ...changed };
      assert.equal(judgeTrial(figures, strict).criterion, byStrict);
      assert.equal(judgeTrial(figures, quick).criterion, byQuick);
      assert.equal(judgeTrial(figures, quick).outcome, byQuick === null ? "pass" : "fail");
    });
  }

  it("without a latency is invalid for a goal that limits it, unless it failed otherwise; not for others", () => {
    const silent = { ...good, pushes: null, p99Ms: null, bursts: [] };
    assert.deepEqual(judgeTrial(silent, strict), { outcome: "pass", criterion: null });
    assert.deepEqual(judgeTrial(silent, quick), { outcome: "invalid", criterion: null });
    assert.deepEqual(judgeTrial({ ...silent, refused: 5000 }, quick), { outcome: "fail", criterion: "refused" });
  });

  it("invalidated by the generator says nothing, whatever its figures", () => {
    assert.deepEqual(judgeTrial({ ...good, refused: 5000, invalid: "missed-start" }, strict), {
      outcome: "invalid",
      criterion: null,
    });
  });
});

describe("bursts", () => {
  it("use the larger p99 when a tick's pushes are split over two windows, and skip empty windows", () => {
    const windows = [
      { atMs: 1000, count: 900, p99Ms: 10 },
      { atMs: 2000, count: 100, p99Ms: 40 },
      { atMs: 3000, count: 0, p99Ms: 0 },
      { atMs: 11_000, count: 1000, p99Ms: 12 },
    ];
    assert.deepEqual(burstsOf(windows, 10_000), [
      { atMs: 1000, p99Ms: 40 },
      { atMs: 11_000, p99Ms: 12 },
    ]);
  });

  it("ignore the last few of a tick's pushes", () => {
    const windows = [
      { atMs: 1000, count: 10_000, p99Ms: 10 },
      { atMs: 2000, count: 20, p99Ms: 900 },
    ];
    assert.deepEqual(burstsOf(windows, 5000), [{ atMs: 1000, p99Ms: 10 }]);
  });

  it("are one per second where ticks are more frequent", () => {
    const windows = [1, 2, 3].map((second) => ({ atMs: second * 1000, count: 5000, p99Ms: second }));
    assert.equal(burstsOf(windows, 200).length, 3);
  });
});
