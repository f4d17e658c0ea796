import assert from "node:assert/strict";
import { test } from "node:test";
import { readScenario, ScenarioError } from "../read-scenario.ts";

function fieldsRefused(input: object): string[] {
  try {
    readScenario(input);
  } catch (error) {
    assert.ok(error instanceof ScenarioError);
    return error.problems.map(({ field }) => field);
  }
  return [];
}

const connections = { kind: "connections", target: "go", connections: 10 };

test("a push interval is 10 ms to 1 h, as the built-in targets take it", () => {
  for (const interval of ["0s", "0.1ms", "9ms", "3601s", "1000d"])
    assert.deepEqual(fieldsRefused({ ...connections, push: { interval } }), ["push.interval"], interval);
  for (const interval of ["10ms", "1h"])
    assert.deepEqual(fieldsRefused({ ...connections, push: { interval } }), [], interval);
});

test("what is done over and over needs a pause, and what is waited for needs time", () => {
  assert.deepEqual(fieldsRefused({ ...connections, ping: "0s" }), ["ping"]);
  assert.deepEqual(fieldsRefused({ ...connections, timeouts: { connect: "0s", upgrade: "0s", close: "0ms" } }), [
    "timeouts.connect",
    "timeouts.upgrade",
    "timeouts.close",
  ]);
  const conversation = {
    beats: [{ every: "0s", send: "2" }],
    requests: [{ name: "ask", every: "1s", send: "?", within: "0s" }],
  };
  assert.deepEqual(fieldsRefused({ ...connections, conversation }), [
    "conversation.beats.0.every",
    "conversation.requests.0.within",
  ]);
  assert.deepEqual(fieldsRefused({ kind: "api", target: "go", timeouts: { request: "0s" } }), ["timeouts.request"]);
});

test("a hold of nothing measures nothing, and none is longer than a year", () => {
  for (const hold of ["0s", "400d", `${"9".repeat(400)}d`])
    assert.deepEqual(fieldsRefused({ ...connections, hold }), ["hold"], hold);
});

test("where nothing is a choice, 0s is taken", () => {
  assert.deepEqual(fieldsRefused({ kind: "api", target: "go", warmUp: "0s" }), []);
  assert.deepEqual(fieldsRefused({ kind: "capacity", target: "go", search: { confirm: "0s" } }), []);
  assert.deepEqual(fieldsRefused({ ...connections, storm: { share: 0.5, after: "0s", window: "0s" } }), []);
});

test("all are told at once, beside what the schema refuses", () => {
  const fields = fieldsRefused({ ...connections, connections: "evil", ping: "0s", push: { interval: "0s" } });
  for (const field of ["connections", "ping", "push.interval"])
    assert.ok(fields.includes(field), `${field} in ${fields.join()}`);
});
