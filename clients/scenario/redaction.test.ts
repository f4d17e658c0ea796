import assert from "node:assert/strict";
import { test } from "node:test";
import { readScenario, ScenarioError } from "./read-scenario.ts";
import { hideSecrets, notShown, redact, secretsOf, shownAddress, shownAddresses } from "./redaction.ts";

const scenario = {
  kind: "api",
  target: ["ws://user:SECRET-pass@h:1/x?token=SECRET-query&b=2", "go"],
  targets: ["tcp://h:7?SECRET-first"],
  redis: "redis://:SECRET-redis@h:6379/0",
  headers: { authorization: "Bearer SECRET-header", "x-b": "SECRET-other" },
  subscribe: '{"token":"SECRET-subscribe"}',
  body: "SECRET-body",
  paths: ["/a?key=SECRET-path", "/b"],
  scenarios: [{ kind: "connections", headers: { cookie: "SECRET-inner" }, subscribe: "SECRET-nested" }, "connections"],
  title: "a title",
};

test("nothing secret is left of a scenario, and all else is", () => {
  const shown = redact(scenario);
  assert.doesNotMatch(JSON.stringify(shown), /SECRET/);
  assert.deepEqual(shown, {
    kind: "api",
    target: [`ws://${notShown}@h:1/x?${notShown}`, "go"],
    targets: [`tcp://h:7?${notShown}`],
    redis: `redis://${notShown}@h:6379/0`,
    headers: { authorization: notShown, "x-b": notShown },
    subscribe: notShown,
    body: notShown,
    paths: [`/a?${notShown}`, "/b"],
    scenarios: [{ kind: "connections", headers: { cookie: notShown }, subscribe: notShown }, "connections"],
    title: "a title",
  });
  assert.deepEqual(redact(shown), shown);
});

test("each secret is known with its field", () => {
  const fields = new Set(secretsOf(scenario).map(({ field }) => field));
  for (const field of [
    "target.0",
    "targets.0",
    "redis",
    "headers.authorization",
    "subscribe",
    "body",
    "paths.0",
    "scenarios.0.headers.cookie",
  ])
    assert.ok(fields.has(field), field);
});

test("a sentence that quotes a scenario loses its secrets, however they are spelled", () => {
  const words = secretsOf(scenario).map(({ text }) => text);
  assert.doesNotMatch(hideSecrets(`got ${words.join(" and ")} in ${JSON.stringify(scenario)}`, scenario), /SECRET/);
  const spaced = { headers: { a: "SECRET one/two" } };
  assert.doesNotMatch(hideSecrets(`at /x?${encodeURIComponent(spaced.headers.a)}`, spaced), /SECRET/);
  assert.equal(hideSecrets("10 of 10", { target: "ws://h/?n=10" }), "10 of 10");
});

test("addresses that differ only in what is hidden keep names of their own", () => {
  assert.equal(shownAddress("go"), "go");
  assert.equal(shownAddress("ws://h:1/push"), "ws://h:1/push");
  assert.deepEqual(shownAddresses(["ws://h/?a=1", "ws://h/?a=2", "go"]), [
    `ws://h/?${notShown}`,
    `ws://h/?${notShown} (2)`,
    "go",
  ]);
});

test("a scenario that was read from a report is refused where something is missing from it", () => {
  assert.throws(
    () => readScenario({ kind: "connections", target: "ws://h:1/x", headers: { a: notShown }, subscribe: notShown }),
    (error: unknown) =>
      error instanceof ScenarioError && error.problems.map(({ field }) => field).join() === "headers.a,subscribe",
  );
});
