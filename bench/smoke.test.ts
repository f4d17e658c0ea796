/**
 * Detects changes that double memory or CPU per message. Compares ratios within one run with wide margins, never
 * absolute times; exact figures are left to `npm run bench`.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { compile, contend, type Outcome, type Pusher, startPusher } from "./contender.ts";
import { usPerPush } from "./rows/push-cpu.ts";

const hasCompiler = (await compile("pusher").catch(() => null)) !== null;
const skip = hasCompiler ? false : "no C compiler: apt-get install gcc libc6-dev";
const connections = 5000;
const intervalMs = 500;

describe("bench smoke", { skip, concurrency: 1 }, () => {
  let pusher: Pusher;
  let holdfast: Outcome;
  let loop: Outcome;
  let ws: Outcome;

  before(async () => {
    pusher = await startPusher(intervalMs);
    const contest = { connections, ports: [pusher.port], seconds: 4, intervalMs, shards: 1 };
    holdfast = (await contend("holdfast", contest))!;
    loop = (await contend("loop", contest))!;
    ws = (await contend("ws", contest))!;
  });
  after(() => pusher.stop());

  it("opens all connections and reads pushes", () => {
    assert.equal(holdfast.opened, connections);
    assert.ok(holdfast.pushes >= connections, `${holdfast.pushes} pushes`);
  });

  it("uses at most four times the C loop's CPU per push", () => {
    const ratio = usPerPush(holdfast) / usPerPush(loop);
    assert.ok(ratio <= 4, `${ratio.toFixed(2)} times the C loop's`);
  });

  it("uses less CPU per push than ws", () => {
    const ratio = usPerPush(holdfast) / usPerPush(ws);
    assert.ok(ratio <= 1, `${ratio.toFixed(2)} times that of ws`);
  });

  it("uses at most 2.5 KB per connection, and less than half as much as ws", () => {
    const bytes = holdfast.rssBytes / connections;
    assert.ok(bytes <= 2500, `${bytes.toFixed(0)} bytes`);
    assert.ok(
      holdfast.rssBytes <= ws.rssBytes / 2,
      `${bytes.toFixed(0)} bytes, ws ${(ws.rssBytes / connections).toFixed(0)}`,
    );
  });

  it("adds less delay by the kernel's clock than ws by its own", () => {
    assert.ok(holdfast.kernel !== null && ws.read !== null);
    assert.ok(holdfast.kernel.p99 <= ws.read.p99, `p99 ${holdfast.kernel.p99} ms, ws ${ws.read.p99} ms`);
  });
});
