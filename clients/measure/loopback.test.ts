import assert from "node:assert/strict";
import { test } from "node:test";
import { isLoopback } from "./loopback.ts";

test("only addresses reachable from this machine alone are loopback", () => {
  for (const host of [
    "127.0.0.1",
    "127.255.9.1",
    "::1",
    "[::1]",
    "localhost",
    "LocalHost",
    "::ffff:127.0.0.1",
    "[::ffff:127.0.0.1]",
  ])
    assert.ok(isLoopback(host), host);
  for (const host of [
    "10.0.0.1",
    "127.0.0.1.example",
    "127.0.0.256",
    "127.example",
    "127.1",
    "::",
    "0.0.0.0",
    "::ffff:10.0.0.1",
    "localhost.example",
    "",
    "[::2]",
  ])
    assert.ok(!isLoopback(host), host);
});
