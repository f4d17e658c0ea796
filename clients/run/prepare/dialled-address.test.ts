import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint } from "../../connection/engine.ts";
import { dialledAddress } from "./run-target.ts";

const dialled = (protocol: string, changes: Partial<Endpoint> = {}): string | undefined =>
  dialledAddress({ endpoints: [{ host: "h", address: "127.0.0.1", family: 4, port: 81, path: "/push?token=secret", tls: false, ...changes }] }, protocol)
    .dialled;

test("the address that was dialled has its path and none of its query", () => {
  assert.equal(dialled("websocket"), "ws://h:81/push");
  assert.equal(dialled("websocket", { tls: true }), "wss://h:81/push");
  assert.equal(dialled("sse", { path: "/events" }), "http://h:81/events");
  assert.equal(dialled("tcp"), "tcp://h:81");
  assert.equal(dialled("websocket", { host: "::1" }), "ws://[::1]:81/push");
});

test("an API has a path a request, and a run without an endpoint has dialled nothing", () => {
  assert.equal(dialled("http"), undefined);
  assert.deepEqual(dialledAddress({ endpoints: [] }, "websocket"), {});
});
