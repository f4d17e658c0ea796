import assert from "node:assert/strict";
import { test } from "node:test";
import { durationMs, formatDuration } from "./duration.ts";
import { protocols } from "./fields/connection-fields.ts";
import { limitsInForce, parseLimit } from "./limit.ts";
import { parseScenarioText, readScenario, ScenarioError } from "./read-scenario.ts";
import type { ConnectionsScenario } from "./schema.ts";

function problemsOf(input: unknown): Record<string, string> {
  try {
    readScenario(input);
  } catch (error) {
    assert.ok(error instanceof ScenarioError);
    return Object.fromEntries(error.problems.map(({ field, text }) => [field, text]));
  }
  throw new Error("the scenario was accepted");
}

test("a bare kind is a whole scenario: every other field has a default or stays absent", () => {
  const scenario = readScenario({ kind: "connections", target: "go" });
  assert.deepEqual(
    [scenario.kind, (scenario as { connections: number }).connections, (scenario as { hold: string }).hold],
    ["connections", 10_000, "60s"],
  );
  assert.equal("push" in scenario, false);
  assert.equal("targetMemoryMiB" in scenario, false);
});

test("the defaults of a block are filled in when the block is opened", () => {
  const { push } = readScenario({ kind: "connections", push: { interval: "1s" } }) as { push: unknown };
  assert.deepEqual(push, { interval: "1s", bytes: 100, timing: "burst", stamp: "auto" });
});

test("all problems are told at once, each with its field, what was expected and what came", () => {
  const problems = problemsOf({
    kind: "connections",
    conections: 5,
    connections: -1,
    rampPerSecond: 0,
    hold: "1 minute",
    protocol: "ftp",
    push: { byts: 3, timing: "brst", bytes: 8 },
    target: 5,
    limits: ["pushLatencyMs.p98 <= 5", "x"],
    headers: { "a b": "x", ok: "a\r\nb" },
  });
  assert.match(problems.conections!, /unknown field; did you mean "connections"/);
  assert.match(problems.connections!, /expected a whole number of at least 1, got -1/);
  assert.match(problems.rampPerSecond!, /expected a number above 0, got 0/);
  assert.match(problems.hold!, /expected a duration such as .*, got "1 minute"/);
  assert.match(problems.protocol!, new RegExp(`expected one of ${protocols.join(", ")}, got "ftp"`));
  assert.match(problems["push.byts"]!, /did you mean "bytes"/);
  assert.match(problems["push.timing"]!, /expected one of burst, spread, got "brst"/);
  assert.match(problems["push.bytes"]!, /from 32 to 1048576, got 8/);
  assert.match(problems.target!, /got 5/);
  assert.match(problems["limits.0"]!, /unknown figure "pushLatencyMs.p98"/);
  assert.ok("limits.1" in problems && "headers.a b" in problems && "headers.ok" in problems);
});

test("types are never coerced", () => {
  assert.match(problemsOf({ kind: "connections", connections: "5" }).connections!, /got "5"/);
  assert.match(problemsOf({ kind: "connections", compression: "yes" }).compression!, /got "yes"/);
});

test("an input that is no scenario says what one looks like", () => {
  for (const input of [null, 3, "x", [], undefined])
    assert.match(problemsOf(input).scenario!, /expected fields such as "kind: connections"/);
  assert.match(problemsOf({ kind: "conections" }).kind!, /expected one of connections/);
});

test("a YAML syntax error carries file, line and column", () => {
  assert.throws(
    () => parseScenarioText("kind: connections\n  target: go\n", "my.yaml"),
    (error: unknown) => error instanceof ScenarioError && /^my\.yaml:\d+:\d+$/.test(error.problems[0]!.field),
  );
});

test("durations are read in ms, s, m, h, d or bare seconds, and written back", () => {
  assert.deepEqual(
    ["500ms", "10s", "5m", "2h", "1d", "7"].map(durationMs),
    [500, 10_000, 300_000, 7_200_000, 86_400_000, 7000],
  );
  assert.deepEqual([500, 10_000, 300_000, 86_400_000, 1500].map(formatDuration), ["500ms", "10s", "5m", "1d", "1.5s"]);
  assert.throws(() => durationMs("1x"), /expected a duration/);
});

test("the default limits hold unless the scenario sets the same figure", () => {
  assert.deepEqual(parseLimit(" pushLatencyMs.p99<=100 "), { figure: "pushLatencyMs.p99", atMost: 100 });
  assert.deepEqual(parseLimit("qps >= 1e3"), { figure: "qps", atLeast: 1000 });
  const limits = limitsInForce(["lostRatio <= 0.5"]);
  assert.deepEqual(
    limits.map(({ figure, atMost }) => [figure, atMost]),
    [
      ["lostRatio", 0.5],
      ["unexpectedCloseRatio", 1e-5],
      ["refusedRatio", 1e-5],
      ["lateRatio", 0.01],
    ],
  );
});

test("an alias without its anchor is a problem of the scenario, in a sentence", () => {
  assert.throws(
    () => parseScenarioText("kind: connections\ntarget: *nowhere\n", "a.yaml"),
    (error: ScenarioError) => /a\.yaml: expected YAML whose aliases resolve: .*nowhere/.test(error.message),
  );
});

test("a limit that ends the run is a block or a text that says the same, for runs that can be ended", () => {
  const limits = [
    { limit: "refusedRatio <= 0.01", abort: true, after: "10s" },
    { limit: "lostRatio <= 0.1" },
    { limit: "qps >= 1", abort: false },
  ];
  const read = readScenario({ kind: "connections", target: "go", limits }) as ConnectionsScenario;
  assert.deepEqual(read.limits, ["refusedRatio <= 0.01 abort after 10s", "lostRatio <= 0.1 abort", "qps >= 1"]);
  assert.deepEqual(readScenario(read), read, "a stored scenario reads as itself");
  assert.deepEqual(parseLimit("refusedRatio <= 0.01 abort after 10s"), {
    figure: "refusedRatio",
    atMost: 0.01,
    abortAfterMs: 10_000,
  });
  assert.throws(
    () => readScenario({ kind: "capacity", target: "go", limits }),
    /limits.0: expected a limit that does not stop the run with kind capacity/,
  );
  assert.throws(
    () =>
      readScenario({
        kind: "soak",
        target: "go",
        limits: [{ limit: "refusd <= 1" }, { limit: "qps >= 1", afer: "1s" }],
      }),
    (error: ScenarioError) => {
      assert.deepEqual(error.problems.map(({ field }) => field).sort(), ["limits.0", "limits.1.afer"]);
      return true;
    },
  );
});
