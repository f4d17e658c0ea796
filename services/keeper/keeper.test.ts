/** A keeper as a process of its own, beside a target that nobody of ours started: what it tells is what /proc says. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isRunning, readFdCount } from "../../clients/measure/host/process-files.ts";
import { ProcessTree, type TreeSample } from "../../clients/measure/host/process-tree.ts";
import { trialRun } from "../../clients/run/testing/run-rig.ts";
import { projectRoot } from "../../clients/target/project-root.ts";
import { Pace } from "./pace.ts";
import { ask, keeperFolder, refusedKeeper, startKeeper as startKeeperWith, token } from "./testing/keeper-rig.ts";

const service = `
const { WebSocketServer } = require("ws");
const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
server.on("listening", () => console.log(server.address().port));
process.on("disconnect", () => process.exit());
`;

async function firstLine(child: ChildProcess, from: "stdout" | "stderr"): Promise<string> {
  const [data] = (await once(child[from]!, "data")) as [Buffer];
  return data.toString();
}

/** Starts a service of somebody's own; it ends with us. */
async function startTarget(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ["-e", service], {
    cwd: projectRoot,
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  return { child, url: `ws://127.0.0.1:${(await firstLine(child, "stdout")).trim()}` };
}

const { tokenFile, remove } = keeperFolder();
const startKeeper = (...args: string[]) => startKeeperWith(tokenFile, ...args);

describe("a keeper", { timeout: 120_000 }, () => {
  let target: Awaited<ReturnType<typeof startTarget>>;
  let keeper: Awaited<ReturnType<typeof startKeeper>>;

  before(async () => {
    target = await startTarget();
    keeper = await startKeeper("--pid", String(target.child.pid));
  });
  after(() => {
    keeper.child.kill("SIGTERM");
    target.child.kill("SIGKILL");
    remove();
  });

  it("tells of a process that stands still exactly what /proc says of it", async () => {
    const pid = target.child.pid!;
    target.child.kill("SIGSTOP");
    try {
      // What it was doing when it was stopped is accounted for at the next tick of the kernel.
      await sleep(50);
      const direct = new ProcessTree([pid]).sample();
      const { samples, kernel } = (await (await ask(`${keeper.url}/usage`)).json()) as {
        samples: TreeSample[];
        kernel: { counters: Record<string, number> };
      };
      assert.equal(samples.length, 1);
      const { atNs, pssMiB, ...told } = samples[0]!;
      const { atNs: __, pssMiB: ___, ...read } = direct;
      assert.deepEqual(told, read);
      assert(pssMiB !== null && pssMiB <= told.rssMiB);
      assert(atNs > 0 && Object.keys(kernel.counters).length > 0);
    } finally {
      target.child.kill("SIGCONT");
    }
  });

  it("has a run watch a target that it did not start, figures and limits as of one of its own", async () => {
    const connections = 40;
    const pairs: [told: number, read: number | null][] = [];
    const { report } = await trialRun(
      {
        target: target.url,
        connections,
        hold: "3s",
        keeper: keeper.url,
        keeperTokenFile: tokenFile,
        limits: ["targetRssMiB <= 2000", "targetCpu <= 64"],
      },
      {
        snapshot: ({ interval, phase }) => {
          if (phase === "hold" && interval.usage.target !== null)
            pairs.push([interval.usage.target.fds, readFdCount(target.child.pid!)]);
        },
      },
    );
    const own = new ProcessTree([target.child.pid!]).sample();
    const usage = report.usage.target!;
    assert.deepEqual(pairs.at(-1), [pairs.at(-1)![1], pairs.at(-1)![1]], "descriptors, counted by both");
    assert(usage.fds >= connections, `${usage.fds} descriptors for ${connections} connections`);
    assert.equal(usage.threads, own.threads);
    assert(usage.rssMiB.peak <= own.rssMiB * 2 && usage.rssMiB.peak >= own.rssMiB / 2);
    assert(report.limits.filter(({ limit }) => limit.startsWith("target")).every(({ ok }) => ok));
    assert.equal(report.verdict, "pass", JSON.stringify(report.reasons));
    const text = JSON.stringify(report);
    assert(!text.includes(token), "the token is in no report");
  });

  it("that is lost in the run is said so, its figures are null, and limits on them are not measured", async () => {
    const lost = await startKeeper("--pid", String(target.child.pid));
    const seen: boolean[] = [];
    const { report } = await trialRun(
      {
        target: target.url,
        connections: 5,
        hold: "9s",
        keeper: lost.url,
        keeperTokenFile: tokenFile,
        limits: ["targetRssMiB <= 2000"],
      },
      {
        phase: (phase) => void (phase === "hold" && lost.child.kill("SIGKILL")),
        snapshot: ({ interval }) => void seen.push(interval.usage.target !== null),
      },
    );
    assert(seen[0] === true && seen.at(-1) === false, JSON.stringify(seen));
    assert.equal(report.usage.target, null);
    assert.match(report.notes.find(({ code }) => code === "keeper-lost")?.text ?? "", /does not answer/);
    assert.equal(report.verdict, "invalid", JSON.stringify(report.reasons));
  });

  it("tells nothing to who lacks the token, and hears no more of him than a few times a second", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 30; i++) {
      const answer = await ask(`${keeper.url}/usage`, {}, "another-token-of-this-test");
      statuses.push(answer.status);
      assert(!(await answer.text()).includes("rssMiB"));
    }
    assert.equal(statuses[0], 401);
    assert(statuses.every((status) => status === 401 || status === 429) && statuses.includes(429));
    assert.equal((await fetch(`${keeper.url}/usage`)).ok, false);
    const run = trialRun({
      target: target.url,
      connections: 1,
      keeper: "http://127.0.0.1:9",
      keeperTokenFile: tokenFile,
    });
    await assert.rejects(run, /keeper: the keeper at 127\.0\.0\.1:9 does not answer/);
  });

  it("reads only: no path, pid or command of a caller does anything", async () => {
    for (const [method, path, status] of [
      ["POST", "/start", 403],
      ["POST", "/stop", 403],
      ["GET", "/usage?pid=1", 404],
      ["GET", "/../etc/passwd", 404],
      ["PUT", "/usage", 404],
    ] as const)
      assert.equal((await ask(`${keeper.url}${path}`, { method })).status, status, `${method} ${path}`);
    assert(isRunning(target.child.pid!));
  });

  it("starts and stops the command of its own command line, and nothing of it is left", async () => {
    const kept = await startKeeper("--command", "sleep 300 & sleep 300");
    const pids = async (): Promise<number[]> =>
      ((await (await ask(`${kept.url}/usage`)).json()) as { samples: TreeSample[] }).samples[0]?.pids ?? [];
    try {
      const first = await pids();
      assert(first.length >= 1 && first.every(isRunning));
      assert.deepEqual(await (await ask(`${kept.url}/stop`, { method: "POST" })).json(), { isRunning: false });
      assert(!first.some(isRunning));
      assert.deepEqual(await (await ask(`${kept.url}/start`, { method: "POST" })).json(), { isRunning: true });
      const second = await pids();
      assert(second.length >= 1 && !second.includes(first[0]!));
      kept.child.kill("SIGTERM");
      await once(kept.child, "exit");
      assert(!second.some(isRunning));
    } finally {
      kept.child.kill("SIGTERM");
    }
  });

  it("refuses a command line with every problem at once", async () => {
    const { code, said } = await refusedKeeper("--pid", "0,x", "--listen", "nowhere", "--token-file", "/none");
    assert.equal(code, 2);
    for (const words of [/--pid: .*"0"/, /--pid: .*"x"/, /--listen: /, /--token-file: cannot read/])
      assert.match(said, words);
  });
});

describe("a pace", () => {
  it("lets so many through at once, and then so many a second", () => {
    const pace = new Pace(2, 3, 0);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => pace.take(0)),
      [true, true, true, false],
    );
    assert.deepEqual(
      [0.25e9, 0.5e9, 0.75e9, 1e9].map((atNs) => pace.take(atNs)),
      [false, true, false, true],
    );
  });
});
