import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { observe, startSearch } from "../../plan/search/search.ts";
import { searchOptions } from "../../plan/search/search-goal.ts";
import type { CapacityTrial } from "../../report/model/schema/capacity-block.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import { representative, safeRamp } from "./capacity-run.ts";
import { capacityCeiling } from "./ceiling.ts";
import { searchOptionsOf } from "./options.ts";
import { boundLimits, capacityBlock, capacityVerdict } from "./search-report.ts";
import type { CapacityState } from "./search-state.ts";
import { processorsIn } from "./setting.ts";
import { intervalAt, scenarioAt, trialLimits } from "./trial-scenario.ts";

const ceiling = { load: 20_000, code: "target-descriptors", text: "open files, each target process: 20,000" } as const;

/** The state after trials of 20 s: load, outcome, whose limit. */
function stateAfter(
  trials: readonly [load: number, outcome: "pass" | "fail" | "invalid", limitedBy?: string][],
): CapacityState {
  const goals = [{ name: "strict", lossRatio: 0, latencyP99Ms: null }];
  let search = startSearch(
    searchOptions("quick", { goals, ceiling: { load: ceiling.load, reason: ceiling.text }, confirmMs: 0 }),
  );
  const rows = trials.map(([load, outcome, limitedBy], index): CapacityTrial => {
    const criterion: Record<string, string> = outcome === "fail" ? { strict: "push-p99" } : {};
    search = observe(search, {
      load,
      durationMs: 20_000,
      outcome: { strict: outcome },
      criterion,
      limitedBy: "our loop was late",
    });
    const told = {
      verdict: outcome,
      criterion,
      limitedBy: limitedBy ?? null,
      evidence: limitedBy === undefined ? null : `seen of ${limitedBy}`,
    };
    return {
      number: index + 1,
      load,
      connections: load,
      outcome: { strict: outcome },
      purpose: "bisect",
      ...told,
    } as unknown as CapacityTrial;
  });
  return { schema: 1, run: "r", target: "go", startedAt: "", search, trials: rows, ceiling, rampPerSecond: 2000 };
}
const terms = { vary: "connections", restarted: true, end: "answered" } as const;
const capacity = (input: Record<string, unknown>): CapacityScenario =>
  readScenario({ kind: "capacity", ...input }) as CapacityScenario;

describe("the block of a search", () => {
  it("names the limit of most failed trials at the upper bound", () => {
    const state = stateAfter([
      [9000, "pass"],
      [9000, "pass"],
      [9500, "fail", "latency"],
      [9500, "fail", "target-thread"],
      [9500, "fail", "target-thread"],
    ]);
    const block = capacityBlock(state, terms);
    assert.deepEqual(
      [block.lower, block.upper, block.regular, block.limitedBy, block.criterion],
      [9000, 9500, true, "target-thread", "push-p99"],
    );
    assert.equal(block.evidence, "seen of target-thread");
  });

  it("names the ceiling when it held", () => {
    const block = capacityBlock(
      stateAfter([
        [20_000, "pass"],
        [20_000, "pass"],
      ]),
      terms,
    );
    assert.deepEqual(
      [block.lower, block.upper, block.regular, block.limitedBy, block.evidence],
      [20_000, null, false, "target-descriptors", ceiling.text],
    );
    assert.match(block.goals[0]?.sentence ?? "", /^at least 20000, limited by target-descriptors$/);
  });

  it("names the generator when its trials were invalid", () => {
    const state = stateAfter([
      [9000, "pass"],
      [9000, "pass"],
      ...Array.from({ length: 3 }, (): [number, "invalid", string] => [9500, "invalid", "generator"]),
    ]);
    const block = capacityBlock(state, terms);
    assert.deepEqual(
      [block.lower, block.upper, block.limitedBy, block.evidence],
      [9000, null, "generator", "seen of generator"],
    );
  });

  it("keeps the failed criterion when time runs out, and marks the result as irregular", () => {
    const block = capacityBlock(
      stateAfter([
        [1000, "pass"],
        [1000, "pass"],
        [9500, "fail", "latency"],
        [9500, "fail", "latency"],
      ]),
      { ...terms, end: "time-budget" },
    );
    assert.deepEqual([block.regular, block.limitedBy, block.end], [false, "latency", "time-budget"]);
  });

  it("is invalid without a valid trial, and fails without a lower bound or with a missed limit", () => {
    const verdictOf = (state: CapacityState, limits: string[] = []) => {
      const block = capacityBlock(state, terms);
      return capacityVerdict(block, boundLimits(limits, block)).verdict;
    };
    assert.equal(verdictOf(stateAfter([])), "invalid");
    assert.equal(verdictOf(stateAfter([[500, "invalid", "generator"]])), "invalid");
    assert.equal(
      verdictOf(
        stateAfter([
          [500, "fail", "latency"],
          [500, "fail", "latency"],
        ]),
      ),
      "fail",
    );
    const held = stateAfter([
      [9000, "pass"],
      [9000, "pass"],
    ]);
    assert.equal(verdictOf(held, ["capacity.lower >= 9000"]), "pass");
    assert.equal(verdictOf(held, ["capacity.lower >= 9001"]), "fail");
    assert.equal(verdictOf(held, ["capacity.upper >= 1"]), "fail");
  });

  it("shows the figures of the trial at the lower bound", () => {
    assert.equal(
      representative(
        capacityBlock(
          stateAfter([
            [9000, "pass"],
            [9000, "pass"],
            [9500, "fail", "latency"],
          ]),
          terms,
        ),
      )?.number,
      2,
    );
    assert.equal(representative(capacityBlock(stateAfter([[500, "fail", "latency"]]), terms))?.number, 1);
    assert.equal(representative(capacityBlock(stateAfter([]), terms)), null);
  });
});

describe("the options of a search", () => {
  it("keep the preset's proportions when only the final trial is given", () => {
    const [goal] = searchOptionsOf(capacity({ search: { finalTrial: "10s" } }), ceiling).goals;
    assert.deepEqual([goal?.initialTrialMs, goal?.finalTrialMs, goal?.durationSumMs], [5000, 10_000, 30_000]);
  });

  it("apply the scenario's latency limit to goals without one, and leave other limits to the trials", () => {
    const scenario = capacity({
      limits: ["pushLatencyMs.p99 <= 80", "targetRssMiB <= 500", "capacity.lower >= 1"],
      search: { goals: ["strict", "p99<=20"] },
    });
    assert.deepEqual(
      searchOptionsOf(scenario, ceiling).goals.map(({ latencyP99Ms }) => latencyP99Ms),
      [80, 20],
    );
    assert.deepEqual(trialLimits(scenario), ["targetRssMiB <= 500"]);
  });

  it("reject a minimum that cannot be tried, and trials too short for two ticks", () => {
    assert.throws(
      () => searchOptionsOf(capacity({ search: { minimum: 30_000 } }), ceiling),
      /search.minimum: expected at most 20000/,
    );
    assert.throws(
      () => searchOptionsOf(capacity({ push: { interval: "8s" } }), ceiling),
      /at least 2 push intervals \(16000 ms\), got 10000 ms/,
    );
  });

  it("convert a rate to a push interval, and start where a trial contains two ticks", () => {
    const scenario = capacity({ connections: 1000, search: { vary: "rate" } });
    assert.deepEqual(
      [
        intervalAt(scenario, 4000),
        scenarioAt(scenario, 4000, 1000).push?.interval,
        scenarioAt(scenario, 4000, 1000).connections,
      ],
      [250, "250ms", 1000],
    );
    assert.deepEqual(capacityCeiling(scenario, true).load, 100_000);
    assert.equal(searchOptionsOf(scenario, capacityCeiling(scenario, true)).startLoad, 200);
  });

  it("say how to raise this host's limits", () => {
    const { code, text, fix } = capacityCeiling(capacity({}), true);
    assert.notEqual(code, "maximum");
    assert.ok(fix !== undefined && fix.length > 10, `${text}: ${fix}`);
  });

  it("use the other host's own check for its ceiling", () => {
    const check = ({ connections }: { connections: number }): void => {
      if (connections > 12_345) throw new Error("agents have slots for 12,345");
    };
    assert.deepEqual(capacityCeiling(capacity({}), true, check), {
      load: 12_345,
      code: "host-limits",
      text: "agents have slots for 12,345",
    });
    assert.equal(capacityCeiling(capacity({ search: { maximum: 100 } }), true, check).code, "maximum");
  });
});

describe("the ramp of the next trial", () => {
  const report = (rampMs: number) => ({ timing: { rampMs } }) as never;
  it("stays while ramps keep up, and drops to half of the achieved rate when one fell behind", () => {
    assert.equal(safeRamp(2000, { connections: 10_000, verdict: "pass" }, report(5200)), 2000);
    assert.equal(safeRamp(2000, { connections: 10_000, verdict: "pass" }, report(10_000)), 500);
    assert.equal(safeRamp(2000, { connections: 100, verdict: "pass" }, report(900)), 2000);
    assert.equal(safeRamp(2000, { connections: 10_000, verdict: "invalid" }, report(60_000)), 2000);
  });

  it("counts the processors in a list", () => {
    assert.deepEqual(
      [processorsIn("0"), processorsIn("0,2-3"), processorsIn("0-1,1"), processorsIn(undefined)],
      [1, 3, 2, null],
    );
  });
});
