import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildApp } from "./app.ts";
import { monotonicNs } from "./clock.ts";
import { Metrics } from "./metrics.ts";
import { queuePushes } from "./push/push-connection.ts";
import { PushHub } from "./push/push-hub.ts";
import { Users } from "./users.ts";

const metrics = new Metrics();
const app = buildApp({ hub: new PushHub(metrics), metrics, users: new Users("") });
after(() => app.close());

test("health reports versions and settings", async () => {
  const health = (await app.inject("/healthz")).json();
  assert.equal(health.status, "ok");
  assert.equal(health.name, "node");
  assert.match(health.runtime, /^node v\d+/);
  assert.match(health.framework, /^fastify 5\S*, ws 8\S*, ioredis \d/);
  assert.equal(health.settings.compression, false);
  assert.equal(health.settings.pushQueue, queuePushes);
  for (const [name, value] of Object.entries(health.settings))
    assert.match(typeof value, /^(string|number|boolean)$/, name);
});

test("clock reads both clocks while serving", async () => {
  const beforeNs = monotonicNs();
  const clock = (await app.inject("/clock")).json();
  assert.ok(Number(clock.monotonicNs) >= beforeNs && Number(clock.monotonicNs) <= monotonicNs());
  const realtimeMs = Number(BigInt(clock.realtimeNs) / 1_000_000n);
  assert.ok(realtimeMs <= Date.now() && realtimeMs > Date.now() - 10_000);
  assert.match(clock.realtimeNs, /^\d+$/);
});

test("metrics has the contract's names and the runtime's own", async () => {
  const response = await app.inject("/metrics");
  assert.match(String(response.headers["content-type"]), /^text\/plain/);
  for (const protocol of ["websocket", "sse", "tcp"])
    assert.ok(response.body.includes(`target_connections{protocol="${protocol}"} 0`));
  for (const line of [
    "target_pushes_written_total 0",
    "target_push_queue_overflows_total 0",
    "nodejs_eventloop_lag_p99_seconds",
  ]) {
    assert.ok(response.body.includes(line), line);
  }
});

test("a bad query is answered with 400 and the error, before any upgrade", async () => {
  for (const path of ["/push", "/events"]) {
    const response = await app.inject(`${path}?intervalMs=0`);
    assert.equal(response.statusCode, 400);
    assert.deepEqual(response.json(), { error: 'intervalMs: expected 10 to 3600000, got "0"' });
  }
});

test("push without an upgrade is answered with 426", async () => {
  assert.equal((await app.inject("/push")).statusCode, 426);
});

test("a user without Redis is answered with 503", async () => {
  const response = await app.inject("/user/7");
  assert.match(String(response.headers["content-type"]), /^application\/json/);
  assert.deepEqual([response.statusCode, response.json()], [503, { error: "redis unavailable" }]);
});
