import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isRunning } from "../measure/host/process-files.ts";
import { ProcessTree } from "../measure/host/process-tree.ts";
import { type ReplicaExit, type StartOptions, startTarget, type TargetHandle } from "./managed-target.ts";
import type { TargetError } from "./target-error.ts";
import { type FakeBehaviour, makeFakeTarget } from "./testing/fake-target.ts";

async function withFake(
  behaviour: FakeBehaviour,
  options: Partial<StartOptions>,
  use: (handle: TargetHandle, folder: string) => Promise<void>,
): Promise<void> {
  const fake = makeFakeTarget(behaviour);
  try {
    const handle = await startTarget(fake.target, { logFolder: join(fake.folder, "logs"), ...options });
    try {
      await use(handle, fake.folder);
    } finally {
      await handle.stop();
    }
  } finally {
    fake.remove();
  }
}

/** The first exit. A target does not keep its run alive, so the wait must. */
async function exitOf(handle: TargetHandle): Promise<ReplicaExit> {
  const alive = setInterval(() => {}, 1000);
  try {
    return await Promise.race(handle.exits);
  } finally {
    clearInterval(alive);
  }
}

async function startFailure(behaviour: FakeBehaviour, options: Partial<StartOptions> = {}): Promise<TargetError> {
  let failure: unknown = null;
  await withFake(behaviour, options, async () => {}).catch((error: unknown) => {
    failure = error;
  });
  assert.equal((failure as TargetError | null)?.code, "start-failed");
  return failure as TargetError;
}

const ask = (url: string): Promise<void> =>
  new Promise((resolve) =>
    get(url, (response) => response.resume())
      .on("close", resolve)
      .on("error", () => resolve()),
  );

describe("a managed target", { timeout: 60_000 }, () => {
  it("gets its Redis where other users of the machine cannot read its password", async () => {
    await withFake("serves", { redisUrl: "redis://:secret-word@127.0.0.1:6379" }, async ({ pids: [pid] }) => {
      assert.match(readFileSync(`/proc/${pid}/environ`, "utf8"), /HOLDFAST_REDIS_URL=redis:\/\/:secret-word@/);
      for (const each of [pid, process.pid])
        assert.doesNotMatch(readFileSync(`/proc/${each}/cmdline`, "utf8"), /secret-word/);
    });
  });

  it("serves on every replica, each with its own ports, and leaves nothing behind", async () => {
    let pids: number[] = [];
    await withFake("serves", { replicas: 2 }, async (handle) => {
      pids = handle.pids;
      assert.equal(handle.name, "fake");
      assert.equal(handle.version, "node, none");
      const ports = handle.endpoints.flatMap((endpoint) => [endpoint.port, endpoint.tcpPort]);
      assert.equal(new Set(ports).size, 4);
      assert.ok(pids.every(isRunning));
    });
    assert.equal(pids.length, 2);
    assert.deepEqual(pids.filter(isRunning), []);
  });

  it("is given time to start", async () => {
    await withFake("slow", {}, async (handle) => assert.equal(handle.settings.behaviour, "slow"));
  });

  it("that exits at once fails with the last lines of its log", async () => {
    assert.match(
      (await startFailure("exits")).message,
      /exited with 3 before it was ready; log .*\n.*fake begins\ncannot load settings/s,
    );
  });

  it("that never responds fails after the given time", async () => {
    assert.match((await startFailure("silent", { healthWithinMs: 300 })).message, /healthz to answer within 0.3 s/);
  });

  it("that responds with another name is not accepted", async () => {
    assert.match((await startFailure("other-name")).message, /served by a different target, stranger/);
  });

  it("is retried on other ports when its port was taken meanwhile", async () => {
    await withFake("once-taken", {}, async (handle) =>
      assert.match(readFileSync(handle.logPaths[0]!, "utf8"), /EADDRINUSE/),
    );
  });

  it("that dies later resolves its exit with its code and replica", async () => {
    await withFake("dies-on-request", { replicas: 2 }, async (handle) => {
      await ask(`${handle.endpoints[1]!.url}/die`);
      assert.deepEqual(await exitOf(handle), { replica: 1, code: 7, signal: null, memoryLimit: false });
    });
  });

  it("is asked to stop before it is killed, and its children are stopped with it", async () => {
    let child = 0;
    await withFake("has-child", {}, async (handle) => {
      child = Number(handle.settings.child);
      assert.ok(isRunning(child));
      assert.equal(new ProcessTree(handle.pids).sample().pids.includes(child), true);
      await handle.stop();
      assert.match(readFileSync(handle.logPaths[0]!, "utf8"), /fake ends/);
    });
    // The kernel ends the members of a killed group one after another, and the child's new parent must still reap it.
    for (let tries = 0; isRunning(child) && tries < 100; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(isRunning(child), false);
  });

  it("that ignores SIGTERM is killed", async () => {
    await withFake("ignores-term", {}, async (handle) => {
      await handle.stop();
      assert.equal((await exitOf(handle)).signal, "SIGKILL");
    });
  });

  it("is killed at its memory limit, and its exit says so", async () => {
    await withFake("grows", { memoryMiB: 200 }, async (handle) => {
      assert.equal(handle.limits.memory.mechanism, "watchdog");
      const exit = await exitOf(handle);
      assert.equal(exit.memoryLimit, true);
      assert.equal(exit.signal, "SIGKILL");
      assert.match(readFileSync(handle.logPaths[0]!, "utf8"), /memory limit: .* MiB resident, limit 200 MiB/);
    });
  });

  it("is pinned to the requested processors, or the handle says why not", async () => {
    await withFake("serves", { cpus: "0" }, async (handle) => {
      const { mechanism, why } = handle.limits.cpu;
      if (mechanism === "taskset")
        assert.match(readFileSync(`/proc/${handle.pids[0]}/status`, "latin1"), /^Cpus_allowed_list:\t0$/m);
      else assert.match(why ?? "", /taskset/);
    });
  });
});
