import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findTarget, readManifests } from "../../target/manifest.ts";
import { startRedis } from "../../target/redis-server.ts";
import { userRecord } from "../prepare/seed-users.ts";
import { tryApi } from "../testing/api-rig.ts";

const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;
const go = findTarget(readManifests(), "go");
const skip = !hasRedis
  ? "no redis-server: apt-get install redis-server"
  : existsSync(join(go.folder, go.output ?? ""))
    ? false
    : "target go is not built";

test("a user's record is about 200 bytes of JSON, the same for the same seed", () => {
  assert.equal(userRecord(5, 1), userRecord(5, 1));
  assert.notEqual(userRecord(5, 1), userRecord(5, 2));
  assert.equal((JSON.parse(userRecord(5, 1)) as { id: number }).id, 5);
  assert.ok(Math.abs(userRecord(12_345, 1).length - 200) < 40, String(userRecord(12_345, 1).length));
});

test("the Go target finds every user in a Redis of our own, and reports missing ones", {
  skip,
}, async () => {
  const { report } = await tryApi("go", { users: 20, userCount: 300, missShare: 0.25, checkShare: 1 });
  const { requests, verdict, usage } = report;
  assert.equal(verdict, "pass", JSON.stringify([report.reasons, requests]));
  assert.deepEqual([requests!.failed, requests!.unanswered, requests!.ok], [0, 0, requests!.sent]);
  assert.ok(Math.abs(requests!.byStatusClass["4xx"]! / requests!.sent - 0.25) < 0.05);
  assert.ok(usage.target!.rssMiB.peak > 1);
});

test("a Redis that dies during a run shows as 5xx responses, and the run ends on time", { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-redis-"));
  const redis = await startRedis(folder);
  try {
    let isKilled = false;
    const snapshot = ({ interval }: { interval: { phase: string } }): void => {
      if (interval.phase !== "hold" || isKilled) return;
      isKilled = true;
      process.kill(redis.pid, "SIGKILL");
    };
    const { report } = await tryApi(
      "go",
      { users: 10, redis: redis.url, userCount: 100, hold: "2500ms" },
      { observer: { snapshot: snapshot as never } },
    );
    const { requests, verdict } = report;
    assert.equal(verdict, "fail");
    assert.ok(requests!.ok > 0 && requests!.byStatusClass["5xx"]! > 0, JSON.stringify(requests));
    assert.equal(requests!.byCause.status, requests!.byStatusClass["5xx"]);
    assert.equal(requests!.sent, requests!.ok + requests!.failed + requests!.unanswered);
  } finally {
    await redis.stop();
    rmSync(folder, { recursive: true });
  }
});

test("an unreachable Redis is reported before anything is measured", { skip }, async () => {
  await assert.rejects(
    tryApi("go", { redis: "redis://127.0.0.1:1" }),
    /expected Redis at redis:\/\/127\.0\.0\.1:1 to take 10000 users/,
  );
});
