import assert from "node:assert/strict";
import { test } from "node:test";
import { pageAddress } from "./metrics-page.ts";

for (const [host, towardsRedis, told] of [
  ["127.0.0.1", "10.0.0.7", "127.0.0.1:9464"],
  ["agent-3.example", "10.0.0.7", "agent-3.example:9464"],
  ["fd00::7", undefined, "[fd00::7]:9464"],
  ["0.0.0.0", "10.0.0.7", "10.0.0.7:9464"],
  ["::", "::ffff:10.0.0.7", "10.0.0.7:9464"],
  ["::", "fd00::7", "[fd00::7]:9464"],
  ["0.0.0.0", "127.0.0.1", "this-host:9464"],
  ["0.0.0.0", "::1", "this-host:9464"],
  ["0.0.0.0", undefined, "this-host:9464"],
] as const) {
  test(`a page on ${host}, with Redis reached from ${towardsRedis ?? "nowhere yet"}, is announced as ${told}`, () => {
    assert.equal(pageAddress({ host, port: 9464 }, towardsRedis, "this-host"), told);
  });
}
