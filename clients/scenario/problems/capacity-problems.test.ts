import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readScenario, ScenarioError } from "../read-scenario.ts";

/** What is wrong with a search, field by field. */
function problems(input: Record<string, unknown>): string[] {
  try {
    readScenario({ kind: "capacity", target: "rehearsal", ...input });
    return [];
  } catch (error) {
    assert.ok(error instanceof ScenarioError);
    return error.problems.map(({ field, text }) => `${field}: ${text}`);
  }
}

describe("a search that varies something", () => {
  const cases: [what: string, input: Record<string, unknown>, expected: RegExp[]][] = [
    [
      "streams of a target that speaks MQTT",
      { target: "mqtt://127.0.0.1:1883", search: { vary: "streams" } },
      [/^search\.vary: expected connections, rate, connect-rate or publish-rate with protocol mqtt, got "streams": /],
    ],
    [
      "streams, and says what connections hear and say",
      { subscribe: "x", ping: "5s", search: { vary: "stream-rate" } },
      [/^ping: expected to be left out with search\.vary stream-rate/, /^subscribe: expected to be left out/],
    ],
    [
      "the users it says it has",
      { streams: { users: 5 }, search: { vary: "streams" } },
      [/^streams\.users: expected to be left out with search\.vary streams/],
    ],
    [
      "connections, and says what streams ask for",
      { streams: { method: "GET" } },
      [/^streams: expected to be left out with search\.vary connections: it is for streams and stream-rate/],
    ],
    ["messages that nobody publishes", { search: { vary: "publish-rate" } }, [/^search\.vary: expected a message to/]],
    [
      "the rate of connects, on so many connections",
      { connections: 50, search: { vary: "connect-rate" } },
      [/^connections: expected to be left out with search\.vary connect-rate/],
    ],
    [
      "connections, under a goal of streams",
      { search: { goals: ["strict", "firstEvent.p99<=300"] } },
      [
        /^search\.goals\.1: expected one of p99, push\.p99, loss with search\.vary connections, got "firstEvent\.p99<=300"; firstEvent\.p99 is a goal of streams, stream-rate$/,
      ],
    ],
    [
      "streams, under a p99 of which nobody says what it is",
      { search: { vary: "streams", goals: ["p99<=300"] } },
      [
        /^search\.goals\.0: expected one of firstByte\.p99, firstEvent\.p99, gap\.p99, .*, loss with search\.vary streams/,
      ],
    ],
    [
      "streams, whose end is no event",
      { streams: { ends: "json:" }, search: { vary: "streams" } },
      [/^streams\.ends: /],
    ],
  ];
  for (const [what, input, expected] of cases)
    it(`is refused where it varies ${what}`, () => {
      const found = problems(input);
      assert.equal(found.length, expected.length, found.join("\n"));
      for (const [index, text] of expected.entries()) assert.match(found[index]!, text);
    });

  it("takes the goals and the fields of its kind", () => {
    const goals = ["firstEventMs.p99<=300,gap.p99<=100", "eventGapMs.p99<=50"];
    const asked = { method: "GET", ends: "[DONE]", timeouts: { gap: "5s" } };
    assert.deepEqual(problems({ headers: { a: "b" }, streams: asked, search: { vary: "streams", goals } }), []);
    assert.deepEqual(problems({ search: { vary: "connect-rate", goals: ["p99<=50,connectTls.p99<=40"] } }), []);
  });
});
