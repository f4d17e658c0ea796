import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import Value from "#typebox/value";
import { readScenario, ScenarioError } from "../read-scenario.ts";
import { scenarioKinds } from "../schema.ts";
import { mostDepth, mostProblems } from "./problem-bounds.ts";
import { brokenRules } from "./schema-problems.ts";

const unknownFields = (count: number, name = "q"): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${index}`, 1]));

function refusalOf(input: unknown): ScenarioError {
  try {
    readScenario(input);
  } catch (error) {
    assert.ok(error instanceof ScenarioError);
    return error;
  }
  throw new Error("the scenario was accepted");
}

test("any number of unknown fields is refused, at the top and in a block, and hides nothing else", () => {
  for (const count of [1, 999, 1000, 1001, 5000]) {
    for (const kind of Object.keys(scenarioKinds)) refusalOf({ kind, ...unknownFields(count) });
    refusalOf({ kind: "connections", push: unknownFields(count) });
    const { problems } = refusalOf({ kind: "connections", connections: "evil", hold: {}, ...unknownFields(count) });
    const fields = problems.map(({ field }) => field);
    assert.ok(fields.includes("connections") && fields.includes("hold"), `${count}: ${fields.slice(0, 5)}`);
  }
});

test("what is said stays small, and says how much it leaves out", () => {
  const long = "abcdefghij".repeat(7);
  for (const input of [
    { kind: "connections", ...unknownFields(3000, long) },
    { kind: "connections", [long.repeat(3500)]: 1 },
    { kind: "connections", limits: Array(30_000).fill("x<=1") },
    { kind: "connections", limits: Array(100).fill(`${"x".repeat(2000)}<=1`) },
    { kind: "connections", sources: Array(60_000).fill(1) },
    {
      kind: "connections",
      headers: Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`a b${index}`, "x"])),
    },
    { kind: "compare", targets: ["go"], scenarios: Array(16).fill({ kind: "connections", ...unknownFields(1500) }) },
  ]) {
    const { problems, message } = refusalOf(input);
    assert.ok(problems.length <= mostProblems + 1, String(problems.length));
    assert.ok(JSON.stringify(problems).length < 100_000 && message.length < 100_000, String(message.length));
  }
  assert.match(refusalOf({ kind: "connections", ...unknownFields(3000) }).problems.at(-1)!.text, /^2950 more problems/);
});

test("an input nested deeper than any scenario is refused, however deep", () => {
  for (const depth of [mostDepth + 1, 100_000]) {
    let nested: unknown = 1;
    for (let level = 0; level < depth; level++) nested = [nested];
    assert.match(refusalOf({ kind: "connections", x: nested }).message, /levels of nesting/);
  }
});

test("a kind is one of the list, not a word every object knows", () => {
  for (const kind of ["constructor", "toString", "__proto__", "hasOwnProperty"])
    assert.match(refusalOf({ kind }).message, /expected one of connections/);
  refusalOf({ kind: "connections", constructor: 1, toString: 2 });
});

test("a plan has a largest size: what is computed from it stays small", () => {
  for (const fields of [
    { connections: 2_000_000_000_000 },
    { connections: 1e308 },
    { rampPerSecond: 1e300 },
    { target: Array(3000).fill("go") },
    { sources: Array(5000).fill("127.0.0.1") },
  ])
    refusalOf({ kind: "connections", ...fields });
  refusalOf({ kind: "capacity", search: { maximum: 1e15 } });
  refusalOf({ kind: "api", users: 1e15 });
  refusalOf({ kind: "pipeline", lines: 1e300 });
});

test("a value breaks rules exactly when it does not pass its schema", () => {
  for (const schema of Object.values(scenarioKinds)) {
    const names = Object.keys(schema.properties);
    const value = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(value, (input) => {
        assert.equal(brokenRules(schema, input).length > 0, !Value.Check(schema, input));
      }),
      { numRuns: 100 },
    );
  }
});
