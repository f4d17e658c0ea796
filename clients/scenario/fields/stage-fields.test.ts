import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readScenario, ScenarioError } from "../read-scenario.ts";
import type { ConnectionsScenario } from "../schema.ts";
import type { SoakScenario } from "../soak-schema.ts";

const read = (over: Record<string, unknown>): ConnectionsScenario =>
  readScenario({ kind: "connections", target: "go", ...over }) as ConnectionsScenario;

const problemsOf = (over: Record<string, unknown>): string[] => {
  try {
    read(over);
  } catch (error) {
    if (error instanceof ScenarioError) return error.problems.map(({ field, text }) => `${field}: ${text}`);
    throw error;
  }
  return [];
};

describe("stages", () => {
  it("are blocks or texts, and say how many connections there are, how fast they open and how long all takes", () => {
    const { stages, connections, rampPerSecond, hold } = read({
      stages: ["1000 over 10s hold 30s", { connections: 5000, over: "20s", hold: "1m" }, "500 over 0s hold 5s"],
    });
    assert.deepEqual(stages, [
      { connections: 1000, over: "10s", hold: "30s" },
      { connections: 5000, over: "20s", hold: "1m" },
      { connections: 500, over: "0s", hold: "5s" },
    ]);
    assert.deepEqual({ connections, rampPerSecond, hold }, { connections: 5000, rampPerSecond: 100, hold: "115000ms" });
  });

  it("read again as they were written down", () => {
    const once = read({ stages: ["10 over 0s hold 1s", "20 over 333ms hold 1.5s"] });
    assert.deepEqual(readScenario(once), once);
  });

  it("are refused with every problem at once", () => {
    const problems = problemsOf({
      stages: ["0 over 1s hold 1s", "ten over 1s", { connections: 5, over: "1y", hold: "2s" }],
      storm: {},
    });
    assert.match(problems.join("\n"), /stages\.0\.connections: expected a whole number|stages\.0/);
    assert.match(problems.join("\n"), /stages\.1: expected \{connections, over, hold\}, or ".*", got "ten over 1s"/);
    assert.match(problems.join("\n"), /stages\.2/);
    assert.match(problems.join("\n"), /storm: expected to be left out when stages are given/);
  });

  it("leave nothing to connections, rampPerSecond and hold", () => {
    const stages = ["10 over 1s hold 1s"];
    assert.deepEqual(problemsOf({ stages, connections: 11, hold: "9s", rampPerSecond: 1 }), [
      "connections: expected to be left out: it follows from the stages (10), got 11",
      "rampPerSecond: expected to be left out: it follows from the stages (10), got 1",
      'hold: expected to be left out: it follows from the stages (1000ms), got "9s"',
    ]);
  });

  it("are not without end, nor without a hold", () => {
    assert.match(problemsOf({ stages: [] }).join("\n"), /stages/);
    assert.match(problemsOf({ stages: Array(51).fill("1 over 1s hold 1s") }).join("\n"), /stages/);
    assert.deepEqual(problemsOf({ stages: ["1 over 1s hold 0s"] }), [
      "stages: expected a hold of more than 0s in one of them",
    ]);
  });

  it("are of kinds connections and soak", () => {
    const soak = readScenario({ kind: "soak", target: "go", stages: ["5 over 1s hold 1m", "9 over 1s hold 2m"] });
    const { connections, hold } = soak as SoakScenario;
    assert.deepEqual([connections, hold], [9, "181000ms"]);
    assert.throws(
      () => readScenario({ kind: "soak", target: "go", stages: ["1 over 1s hold 1s"], replaceDeadShards: true }),
      /replaceDeadShards: expected nothing beside stages/,
    );
    assert.throws(
      () => readScenario({ kind: "capacity", target: "go", stages: ["1 over 1s hold 1s"] }),
      /stages: unknown field/,
    );
  });
});
