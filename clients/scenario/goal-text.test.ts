import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseGoal, parseGoals } from "./goal-text.ts";
import { readScenario } from "./read-scenario.ts";

describe("a goal", () => {
  it("is a name, or a list of what must hold", () => {
    assert.deepEqual(parseGoal("strict", {}, "connections"), { name: "strict", lossRatio: 1e-5, latencyP99Ms: null });
    assert.deepEqual(parseGoal("tolerant", { push: 80 }, "connections"), {
      name: "tolerant",
      lossRatio: 1e-3,
      latencyP99Ms: 80,
    });
    assert.deepEqual(parseGoal("p99 <= 50, loss<=1e-3", { push: 80 }, "connections"), {
      name: "p99<=50,loss<=1e-3",
      lossRatio: 1e-3,
      latencyP99Ms: 50,
    });
    assert.deepEqual(parseGoal("p99<=50ms", {}, "rate"), { name: "p99<=50ms", lossRatio: 1e-5, latencyP99Ms: 50 });
  });

  for (const wrong of ["", "p99", "p99<50", "p50<=10", "loss<=1", "p99<=0", "strict,loss<=1e-3"]) {
    it(`is not ${JSON.stringify(wrong)}`, () => assert.throws(() => parseGoal(wrong, {}, "connections"), /expected/));
  }

  it("is strict when none is given, and each counts once", () => {
    assert.deepEqual(
      parseGoals(undefined, {}, "connections").map(({ name }) => name),
      ["strict"],
    );
    assert.equal(parseGoals(["tolerant", "tolerant"], {}, "connections").length, 1);
  });
});

describe("the schemas of capacity and soak", () => {
  it("fill in a whole search from nothing", () => {
    const scenario = readScenario({ kind: "capacity", target: "go" });
    assert.ok(scenario.kind === "capacity");
    assert.deepEqual(scenario.search, { preset: "quick", vary: "connections" });
    assert.equal(scenario.push.interval, "2s");
  });

  it("name the field that is wrong", () => {
    const read = () => readScenario({ kind: "capacity", search: { width: 2, vary: "users" }, hold: "10s" });
    assert.throws(read, (error: Error) =>
      ["search.width", "search.vary", "hold"].every((field) => error.message.includes(`${field}:`)),
    );
    assert.throws(() => readScenario({ kind: "soak", memoryGrowth: "a lot" }), /memoryGrowth/);
  });

  it("give a soak an hour, a tenth of its memory, and no storm", () => {
    const scenario = readScenario({ kind: "soak", target: "go" });
    assert.ok(scenario.kind === "soak");
    assert.deepEqual([scenario.hold, scenario.memoryGrowth, scenario.replaceDeadShards], ["1h", "10%", false]);
    assert.throws(() => readScenario({ kind: "soak", storm: {} }), /storm/);
  });
});
