import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CompareScenario } from "./compare-schema.ts";
import { comparePresets } from "./presets/compare-presets.ts";
import { presetNames, presetOf } from "./presets/presets.ts";
import { readScenario, ScenarioError, scenariosOf } from "./read-scenario.ts";

const read = (input: object): CompareScenario => readScenario({ kind: "compare", ...input }) as CompareScenario;

function problemsOf(input: object): Record<string, string> {
  try {
    read(input);
  } catch (error) {
    assert.ok(error instanceof ScenarioError);
    return Object.fromEntries(error.problems.map(({ field, text }) => [field, text]));
  }
  throw new Error("the scenario was accepted");
}

describe("a comparison", () => {
  it("is the whole quick preset on the four runtimes when nothing is said", () => {
    const compare = read({});
    assert.deepEqual(compare.targets, ["go", "cpython", "pypy", "node"]);
    assert.deepEqual([compare.preset, compare.repeats], ["quick", comparePresets.quick.repeats]);
    assert.deepEqual(
      scenariosOf(compare).map(({ kind }) => kind),
      ["connections", "api", "streams", "pipeline"],
    );
    assert.equal(
      (scenariosOf(compare)[0] as { silentAfter?: number }).silentAfter,
      3,
      "the kinds' own defaults are filled in",
    );
  });

  it("takes scenarios by name, by their fields, or both, and reads again as it was read", () => {
    const compare = read({
      preset: "article",
      targets: ["go"],
      scenarios: ["api", { kind: "connections", connections: 5 }],
      repeats: 1,
    });
    assert.deepEqual(
      scenariosOf(compare).map((scenario) =>
        "users" in scenario ? scenario.users : (scenario as { connections: number }).connections,
      ),
      [100, 5],
    );
    assert.deepEqual(readScenario(compare), compare);
    assert.equal(compare.title, undefined, "the preset's title is that of all its scenarios");
  });

  it("tells every problem of every scenario with its place", () => {
    const problems = problemsOf({
      targets: ["go", "go"],
      scenarios: [
        "soak",
        "constructor",
        { kind: "api", users: 0 },
        { kind: "compare" },
        { kind: "connections", target: "go" },
        { kind: "connectoins" },
      ],
    });
    assert.match(
      problems["scenarios.0"]!,
      /expected a scenario, or one of connections, api, streams, pipeline, got "soak"/,
    );
    assert.match(problems["scenarios.1"]!, /got "constructor"/);
    assert.match(problems["scenarios.2.users"]!, /of at least 1, got 0/);
    assert.match(problems["scenarios.3.kind"]!, /got "compare"/);
    assert.match(problems["scenarios.4.target"]!, /the comparison's targets are used/);
    assert.match(problems["scenarios.5.kind"]!, /expected one of/);
    assert.match(problems.targets!, /each target once/);
    assert.match(problemsOf({ scenarios: [] }).scenarios!, /got \[\]/);
    assert.match(problemsOf({ target: "go" }).target!, /did you mean "targets"/);
  });

  it("has presets that read, each as the kind itself would fill it in", () => {
    for (const name of presetNames()) assert.deepEqual(readScenario(presetOf(name)), read({ preset: name }));
  });
});
