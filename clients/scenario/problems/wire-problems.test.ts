import assert from "node:assert/strict";
import { test } from "node:test";
import { readScenario, ScenarioError } from "../read-scenario.ts";

/** The fields that are refused. */
function refused(input: object): string[] {
  try {
    readScenario({ kind: "connections", target: "go", ...input });
    return [];
  } catch (error) {
    assert.ok(error instanceof ScenarioError);
    return error.problems.map(({ field }) => field);
  }
}

test("headers that could forge a line, or that the request has of itself, are refused by name", () => {
  for (const value of ["a\r\nEvil: yes", "a\rb", "a\nb", "a\0b", "a\u007fb", "half \ud800", ["ok", "a\n"]])
    assert.deepEqual(refused({ headers: { "X-Note": value } }), ["headers.X-Note"], JSON.stringify(value));
  for (const name of [
    "Content-Length",
    "transfer-encoding",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Protocol",
    "Upgrade",
    "Connection",
    "a b",
    "ä",
    "",
  ])
    assert.deepEqual(refused({ headers: { [name]: "1" } }), [`headers.${name}`], name);
  assert.deepEqual(refused({ kind: "api", headers: { "Content-Length": "3" } }), ["headers.Content-Length"]);
  assert.deepEqual(refused({ kind: "api", headers: { Connection: "close" } }), []);
  assert.deepEqual(refused({ headers: { "X-Name": "Żółć €", Cookie: ["a=1", "b=\t2"], Host: "other" } }), []);
});

test("fields that a protocol does not have are refused, all at once; switched off they are not given", () => {
  const all = { ping: "1s", subprotocols: ["a"], compression: true, subscribe: "x" };
  assert.deepEqual(refused({ protocol: "sse", ...all }), ["ping", "subprotocols", "compression", "subscribe"]);
  assert.deepEqual(refused({ protocol: "tcp", ...all, headers: { a: "b" } }), [
    "ping",
    "subprotocols",
    "compression",
    "headers",
  ]);
  assert.deepEqual(refused({ protocol: "sse", subprotocols: [], compression: false }), []);
  assert.deepEqual(refused(all), []);
});

test("a source is a numeric address, a path has no fragment", () => {
  assert.deepEqual(refused({ sources: ["127.0.0.2", "::1", "999.1.1.1", "localhost", ""] }), [
    "sources.2",
    "sources.3",
    "sources.4",
  ]);
  assert.equal(refused({ kind: "api", paths: ["/a#b"] }).length, 1);
});

test("lines are for targets given by URL, socket files among them", () => {
  for (const target of ["tcp://127.0.0.1:7000", "tcp+unix:/run/app.sock"])
    assert.deepEqual(refused({ protocol: "tcp", framing: "lines", target }), [], target);
  assert.deepEqual(refused({ protocol: "tcp", framing: "lines", target: "go" }), ["framing"]);
});
