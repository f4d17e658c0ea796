import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NextTrial } from "./next-trial.ts";
import { nextTrial, observe, startSearch } from "./search.ts";
import { type SearchOptions, searchOptions } from "./search-goal.ts";
import type { SearchResult } from "./search-result.ts";

const strict = { name: "strict", lossRatio: 0, latencyP99Ms: null };
const quick = (given: Partial<SearchOptions> = {}): SearchOptions => ({
  ...searchOptions("quick", { goals: [strict], ceiling: { load: 20_000, reason: "descriptors" } }),
  climbLoad: 20_000,
  ...given,
});

interface Came {
  fails: boolean;
  heldCount?: number;
}

function play(
  options: SearchOptions,
  judge: (trial: NextTrial, index: number) => Came,
): { result: SearchResult; asked: NextTrial[] } {
  let state = startSearch(options);
  const asked: NextTrial[] = [];
  for (;;) {
    const next = nextTrial(state);
    if ("done" in next) return { result: next.done, asked };
    const { fails, ...held } = judge(next, asked.length);
    asked.push(next);
    assert(asked.length < 100, "the search ends");
    state = observe(state, {
      load: next.load,
      durationMs: next.durationMs,
      outcome: { strict: fails ? "fail" : "pass" },
      ...held,
      elapsedMs: next.durationMs,
    });
  }
}

const stopsAt =
  (count: number) =>
  ({ load }: NextTrial): Came =>
    load > count ? { fails: true, heldCount: count } : { fails: false };

describe("a hard limit", () => {
  it("is found by the first probe, and pinned to it and the next number", () => {
    const { result, asked } = play(quick(), stopsAt(3000));
    assert.deepEqual(
      asked.map(({ purpose, load }) => `${purpose} ${load}`),
      ["climb 20000", "pin 3001", "pin 3000"],
    );
    const [goal] = result.goals;
    assert.deepEqual(
      [goal?.lower, goal?.upper, goal?.regular, goal?.confirmed, goal?.limitedBy],
      [3000, 3001, true, true, "target"],
    );
  });

  it("is also found while doubling, without a probe, wherever it is", () => {
    for (const count of [1, 37, 999, 1000, 12_345, 19_999]) {
      const { result } = play(quick({ climbLoad: 0 }), stopsAt(count));
      assert.deepEqual([result.goals[0]?.lower, result.goals[0]?.upper], [count, count + 1]);
    }
  });

  it("is not assumed after a single accidental refusal: the search continues as usual", () => {
    const { result } = play(quick(), ({ load }, index) =>
      index === 2 ? { fails: true, heldCount: load - 1 } : { fails: load > 9000 },
    );
    const { lower, upper } = result.goals[0]!;
    assert(
      lower !== null && upper !== null && lower <= 9000 && upper > 9000 && upper - lower > 1,
      `${lower} to ${upper}`,
    );
  });

  it("is not assumed when a share of all is refused, nor when pushes are lost at the number", () => {
    const share = play(quick(), ({ load }) => ({ fails: true, heldCount: Math.floor(load * 0.75) })).result;
    assert.equal(share.goals[0]?.lower, null);
    const slow = play(quick(), (trial) =>
      trial.load <= 3000 && trial.load > 2000 ? { fails: true } : stopsAt(3000)(trial),
    ).result;
    assert(slow.goals[0]?.lower !== null && slow.goals[0]!.lower! <= 2000 && slow.goals[0]!.upper! <= 3000);
  });

  it("does not change the bounds of a target without one", () => {
    const { result, asked } = play(quick(), ({ load }) => ({ fails: load > 9000 }));
    assert.equal(asked[0]?.purpose, "climb");
    const { lower, upper, regular } = result.goals[0]!;
    assert(regular && lower !== null && upper !== null && lower <= 9000 && upper > 9000);
  });
});
