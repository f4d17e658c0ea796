import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nextTrial, observe, startSearch } from "../search/search.ts";
import type { TrialOutcome } from "../search/search-bounds.ts";
import { fourGoals, simulatedLimits, simulatedOptions, simulateMany } from "./search-simulation.ts";

const standard = simulatedOptions("standard");
const target = { limits: simulatedLimits, slope: 0.02, spurious: 0, invalid: 0, overheadMs: 30_000 };

test("a sharp limit always lies between the bounds, within the width, and the result is confirmed", () => {
  const found = simulateMany(standard, { ...target, slope: 0 }, "strict", 800, 11);
  assert.deepEqual([found.bracketed, found.close, found.overstated, found.regular], [1, 1, 0, 1]);
});

test("a soft limit is found within two widths, and rarely overstated by one", () => {
  const found = simulateMany(standard, target, "strict", 1500, 12);
  assert.ok(found.near > 0.97, `within two widths: ${found.near}`);
  assert.ok(found.overstated < 0.003, `overstated: ${found.overstated}`);
  assert.ok(found.median > 0.94 && found.median < 1, `median: ${found.median}`);
  assert.ok(found.trials <= 26, `trials: ${found.trials}`);
});

test("spurious failures lower the bound slightly, and never raise it", () => {
  for (const [spurious, median] of [
    [0.05, 0.94],
    [0.15, 0.9],
  ] as const) {
    const found = simulateMany(standard, { ...target, spurious }, "strict", 500, 13);
    assert.ok(found.median > median && found.overstated < 0.005, `${spurious}: ${found.median}, ${found.overstated}`);
  }
});

test("invalid trials cost trials, but not accuracy", () => {
  const clean = simulateMany(standard, target, "strict", 400, 14);
  const found = simulateMany(standard, { ...target, invalid: 0.15 }, "strict", 400, 14);
  assert.ok(Math.abs(found.median - clean.median) < 0.015 && found.trials > clean.trials);
});

test("four goals at once are each answered as well as alone", () => {
  for (const goal of ["strict", "tolerant", "fast", "slow"]) {
    const found = simulateMany(fourGoals(standard), target, goal, 60, 15);
    assert.ok(found.near > 0.9 && found.overstated < 0.04 && found.regular === 1, `${goal}: ${found.near}`);
  }
});

const outcomes = fc.array(fc.constantFrom<TrialOutcome>("pass", "fail", "invalid"), { minLength: 8, maxLength: 80 });
const settings = fc.record({
  minLoad: fc.constantFrom(1, 10, 100),
  granularity: fc.constantFrom(null, 1, 10, 100, 1000),
  confirmMs: fc.constantFrom(0, 900_000),
  maxTrials: fc.integer({ min: 1, max: 60 }),
  maxTotalMs: fc.integer({ min: 60_000, max: 20_000_000 }),
});

test("whatever the trials say, the search stays within its budgets, on integer loads, and consistent", () => {
  fc.assert(
    fc.property(settings, outcomes, fc.integer({ min: 100, max: 60_000 }), (given, told, ceiling) => {
      const options = {
        ...fourGoals(standard),
        ...given,
        startLoad: Math.max(given.minLoad, 100),
        ceiling: { load: ceiling, reason: "ports" },
      };
      let state = startSearch(options);
      for (let index = 0; ; index += 1) {
        assert.ok(index <= options.maxTrials);
        const next = nextTrial(state);
        if ("done" in next) {
          assert.ok(next.done.elapsedMs <= options.maxTotalMs);
          for (const { lower, upper, regular, limitedBy } of next.done.goals) {
            assert.ok(lower === null || upper === null || lower < upper);
            assert.equal(regular, limitedBy === "target");
          }
          return;
        }
        assert.ok(
          Number.isSafeInteger(next.load) && next.load >= options.minLoad && next.load <= ceiling,
          `${next.load}`,
        );
        const outcome = Object.fromEntries(
          options.goals.map(({ name }, goal) => [name, told[(index * 3 + goal) % told.length] ?? "pass"]),
        );
        state = observe(state, { load: next.load, durationMs: next.durationMs, outcome });
      }
    }),
    { numRuns: 300 },
  );
});

test("without a budget every search ends, and a resumed one asks for the same trial", () => {
  fc.assert(
    fc.property(
      fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
      fc.integer({ min: 1, max: 70_000 }),
      fc.constantFrom(null, 1, 100, 1000),
      (luck, limit, granularity) => {
        let state = startSearch(simulatedOptions("standard", { granularity, maxTrials: 2000, maxTotalMs: 1e12 }));
        for (;;) {
          const next = nextTrial(state);
          assert.deepEqual(nextTrial(JSON.parse(JSON.stringify(state))), next);
          if ("done" in next) {
            assert.equal(next.done.end, "answered");
            return;
          }
          const draw = luck.next().value ?? 0;
          const honest: TrialOutcome = next.load <= limit ? "pass" : "fail";
          const outcome: TrialOutcome = draw < 8 ? "invalid" : draw < 16 ? "fail" : draw < 20 ? "pass" : honest;
          state = observe(state, { load: next.load, durationMs: next.durationMs, outcome: { strict: outcome } });
        }
      },
    ),
    { numRuns: 150 },
  );
});
