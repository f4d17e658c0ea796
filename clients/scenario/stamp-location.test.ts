import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readScenario, ScenarioError } from "./read-scenario.ts";
import { parseStampLocation } from "./stamp-location.ts";

describe("a stamp's location", () => {
  const good: [string, unknown][] = [
    ["auto", { kind: "holdfast" }],
    ["none", { kind: "none" }],
    ["json:data.sentAt", { kind: "json", path: ["data", "sentAt"], unitNs: 1e6, clock: "realtime" }],
    ["json:at, us, monotonic", { kind: "json", path: ["at"], unitNs: 1e3, clock: "monotonic" }],
    ["binary:16,u64be,ns,monotonic", { kind: "binary", offset: 16, type: "u64be", unitNs: 1, clock: "monotonic" }],
    ["binary:0,f64le", { kind: "binary", offset: 0, type: "f64le", unitNs: 1, clock: "realtime" }],
  ];
  for (const [text, expected] of good)
    it(`is read from ${text}`, () => assert.deepEqual(parseStampLocation(text), expected));

  const bad: [string, RegExp][] = [
    ["json:", /expected json:FIELD/],
    ["json:a..b", /expected json:FIELD with a field/],
    ["json:at,minutes", /expected a unit of s, ms, us, ns, got "minutes"/],
    ["json:at,ms,ntp", /expected a clock of realtime, monotonic, got "ntp"/],
    ["json:at,ms,realtime,more", /expected nothing after the clock, got "more"/],
    ["binary:x,u64be", /expected binary:OFFSET,TYPE with an offset in bytes such as 16, got "x"/],
    ["binary:4", /expected a type of u32be, /],
    ["binary:4,u128", /got "u128"/],
    ["xml:at", /expected auto, holdfast, none, json:FIELD/],
  ];
  for (const [text, expected] of bad)
    it(`is refused with a sentence: ${text}`, () => assert.throws(() => parseStampLocation(text), expected));

  it("is checked with the scenario, before anything is dialled", () => {
    const scenario = { kind: "connections", target: "ws://127.0.0.1:1/", push: { stamp: "binary:4,u128" } };
    assert.throws(
      () => readScenario(scenario),
      (error) =>
        error instanceof ScenarioError && error.problems.length === 1 && error.problems[0]?.field === "push.stamp",
    );
  });
});
