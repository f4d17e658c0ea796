import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compareOrder, restMs } from "./compare-order.ts";

describe("compareOrder", () => {
  it("runs every scenario on every target exactly as often as it is repeated", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }),
        (targets, repeats) => {
          const steps = compareOrder({ targets, repeats });
          assert.equal(steps.length, targets * repeats.reduce((sum, times) => sum + times, 0));
          assert.equal(
            new Set(steps.map(({ repeat, scenario, target }) => `${repeat} ${scenario} ${target}`)).size,
            steps.length,
          );
          assert.ok(
            steps.every(
              ({ repeat, scenario, target }) =>
                repeat >= 1 && repeat <= repeats[scenario]! && target >= 0 && target < targets,
            ),
          );
        },
      ),
    );
  });

  it("does not always run one target first: over as many repeats as targets, each is first once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 }), (targets, scenarios) => {
        const steps = compareOrder({ targets, repeats: Array.from({ length: scenarios }, () => targets) });
        for (let scenario = 0; scenario < scenarios; scenario++) {
          const firsts = Array.from(
            { length: targets },
            (_, r) => steps.find((step) => step.scenario === scenario && step.repeat === r + 1)?.target,
          );
          assert.equal(new Set(firsts).size, targets);
        }
      }),
    );
  });

  it("interleaves: a repeat is complete before the next begins, and a scenario that runs once is in the first", () => {
    const steps = compareOrder({ targets: 2, repeats: [2, 1] });
    assert.deepEqual(
      steps.map(({ repeat, scenario, target }) => [repeat, scenario, target]),
      [
        [1, 0, 0],
        [1, 0, 1],
        [1, 1, 1],
        [1, 1, 0],
        [2, 0, 1],
        [2, 0, 0],
      ],
    );
    assert.deepEqual(compareOrder({ targets: 0, repeats: [3] }), []);
    assert.deepEqual(compareOrder({ targets: 3, repeats: [] }), []);
  });
});

describe("restMs", () => {
  it("uses a scenario's measured duration, or the expected one before it has run", () => {
    const rest = compareOrder({ targets: 2, repeats: [1, 1] });
    assert.equal(restMs(rest, [], [1000, 500]), 3000);
    assert.equal(
      restMs(
        rest,
        [
          { scenario: 0, elapsedMs: 2000 },
          { scenario: 0, elapsedMs: 4000 },
        ],
        [1000, 500],
      ),
      7000,
    );
    assert.equal(restMs([], [], [1000]), 0);
  });
});
