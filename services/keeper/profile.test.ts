/** What a keeper calls the processes it watches, and the profiles of a command that it starts. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { isRunning, readProc } from "../../clients/measure/host/process-files.ts";
import type { TreeSample } from "../../clients/measure/host/process-tree.ts";
import { summarizeCpuProfile } from "../../clients/measure/profile/cpu-profile.ts";
import { ExposedRuns } from "../../clients/metrics/exposed-runs.ts";
import { renderExposition } from "../../clients/metrics/exposition.ts";
import { readSamples } from "../../clients/metrics/testing/sample-scrape.ts";
import { renderText } from "../../clients/report/text/text.ts";
import { trialRun } from "../../clients/run/testing/run-rig.ts";
import { projectRoot } from "../../clients/target/project-root.ts";
import { perfProblem } from "./profile.ts";
import { ask, keeperFolder, refusedKeeper, type StartedKeeper, startKeeper } from "./testing/keeper-rig.ts";

const { path: folder, tokenFile, remove } = keeperFolder();
after(remove);

/** A service that minds no signal and burns a processor in one function. Its port goes into a file. */
const service = `
const { WebSocketServer } = require("ws");
const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
server.on("listening", () => require("node:fs").writeFileSync(process.argv[1], String(server.address().port)));
function burnHere() { let sum = 0; for (let i = 0; i < 4e6; i++) sum = (sum + i) % 1000003; return sum; }
setInterval(burnHere, 10);
`;

async function usageOf({ url }: StartedKeeper): Promise<{ samples: TreeSample[]; profiler?: string }> {
  return (await (await ask(`${url}/usage`)).json()) as { samples: TreeSample[]; profiler?: string };
}

/** Once what a keeper watches has used this much CPU; its processes at that instant. */
async function burnt(keeper: StartedKeeper, seconds: number): Promise<number[]> {
  for (;;) {
    const [sample] = (await usageOf(keeper)).samples;
    if (sample !== undefined && sample.cpuSeconds >= seconds) return sample.pids;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function end({ child }: StartedKeeper): Promise<void> {
  child.kill("SIGTERM");
  if (!child.stderr!.closed) await once(child, "close");
}

const programs = (pids: readonly number[]): string[] => pids.map((pid) => (readProc(`/proc/${pid}/comm`) ?? "").trim());

describe("processes that a keeper watches", { timeout: 60_000 }, () => {
  it("have the name given for each, or one for all with a number", async () => {
    const children = [1, 2].map(() => spawn("sleep", ["300"], { stdio: "ignore" }));
    const pids = children.map(({ pid }) => pid).join();
    try {
      for (const [names, expected] of [
        ["api,worker", ["api", "worker"]],
        ["api", ["api-1", "api-2"]],
      ] as const) {
        const keeper = await startKeeper(tokenFile, "--pid", pids, "--name", names);
        const { samples } = await usageOf(keeper);
        assert.deepEqual(
          samples.map(({ name, pids: [pid] }) => [name, pid]),
          expected.map((name, at) => [name, children[at]!.pid]),
        );
        await keeper.untilSaid(new RegExp(`process ${children[0]!.pid} \\(${expected[0]}\\)`));
        await end(keeper);
      }
    } finally {
      for (const child of children) child.kill("SIGKILL");
    }
  });

  it("and their name stands in the report and in the metrics of a run", async () => {
    const portFile = join(folder, "named-port");
    const started = spawn(process.execPath, ["-e", service, portFile], { cwd: projectRoot, stdio: "ignore" });
    const keeper = await startKeeper(tokenFile, "--pid", String(started.pid), "--name", "chat");
    try {
      await burnt(keeper, 0.2);
      const runs = new ExposedRuns();
      const observer = runs.observer();
      let page = "";
      const { report } = await trialRun(
        {
          target: `ws://127.0.0.1:${readFileSync(portFile, "utf8")}`,
          connections: 5,
          hold: "2s",
          keeper: keeper.url,
          keeperTokenFile: tokenFile,
        },
        {
          ...observer,
          snapshot: (snapshot) => {
            observer.snapshot!(snapshot);
            if (snapshot.phase === "hold") page = renderExposition(runs.list(), Date.now());
          },
        },
      );
      assert.deepEqual(report.target.processes, ["chat"]);
      assert.match(renderText(report), /processes: chat/);
      assert(!report.notes.some(({ code }) => code === "profiled"));
      const samples = readSamples(page).filter(({ name }) => name.startsWith("holdfast_target_"));
      assert.deepEqual([...new Set(samples.map(({ labels }) => labels.replica))], ["chat"]);
    } finally {
      started.kill("SIGKILL");
      await end(keeper);
    }
  });
});

describe("a keeper's command under a profiler", { timeout: 120_000 }, () => {
  it("node: each start leaves V8's profile of a process that minds no signal, below a shell too", async () => {
    const portFile = join(folder, "profiled-port");
    const profiles = join(folder, "with a space");
    // The shell has something to do afterwards, so it stays the leader.
    const command = `"${process.execPath}" -e '${service}' "${portFile}"; true`;
    const keeper = await startKeeper(
      tokenFile,
      ...["--command", command, "--name", "api", "--profile", "node", "--profile-folder", profiles],
    );
    try {
      await burnt(keeper, 0.5);
      const { report } = await trialRun({
        target: `ws://127.0.0.1:${readFileSync(portFile, "utf8")}`,
        connections: 2,
        hold: "1s",
        keeper: keeper.url,
        keeperTokenFile: tokenFile,
      });
      assert(report.notes.some(({ code }) => code === "profiled"));
      assert.deepEqual(await (await ask(`${keeper.url}/stop`, { method: "POST" })).json(), { isRunning: false });
      const [, path = ""] = await keeper.untilSaid(/profile: (.*\.cpuprofile)\n/);
      assert(path.startsWith(profiles));
      const [top] = summarizeCpuProfile(readFileSync(path, "utf8")).top;
      assert.match(top!.function, /^burnHere /);
      assert(top!.selfShare > 0.5, JSON.stringify(top));
      await ask(`${keeper.url}/start`, { method: "POST" });
      await burnt(keeper, 0.2);
      const second = (await usageOf(keeper)).samples[0]!.pids;
      await end(keeper);
      const said = keeper.said().match(/profile: .*\.cpuprofile/g) ?? [];
      assert.equal(new Set(said).size, 2, keeper.said());
      assert(!second.some(isRunning));
    } finally {
      await end(keeper);
    }
  });

  const noPerf = perfProblem();
  it("perf: whatever it runs, and perf is no part of what it uses", { skip: noPerf ?? false }, async () => {
    const command = "i=0; while [ $i -lt 1000000000 ]; do i=$((i+1)); done";
    const keeper = await startKeeper(
      tokenFile,
      ...["--command", command, "--profile", "perf", "--profile-folder", folder],
    );
    try {
      assert.deepEqual(programs(await burnt(keeper, 1)), ["sh"]);
      assert.equal((await usageOf(keeper)).profiler, "perf");
      await ask(`${keeper.url}/stop`, { method: "POST" });
      const [, path = ""] = await keeper.untilSaid(/profile: (.*perf\.data)\n/);
      assert(path.startsWith(folder) && statSync(path).size > 0);
      const shown = spawnSync("perf", ["report", "--stdio", "--sort", "comm", "-g", "none", "-i", path], {
        encoding: "utf8",
      });
      const share = Number(/([\d.]+)% .*\bsh\b/.exec(shown.stdout)?.[1]);
      assert(share > 90, shown.stdout + shown.stderr);
    } finally {
      await end(keeper);
    }
  });

  it("that writes no profile is said so", async () => {
    const keeper = await startKeeper(
      tokenFile,
      ...["--command", "sleep 300", "--profile", "node", "--profile-folder", folder],
    );
    await end(keeper);
    assert.match(keeper.said(), /no profile in .*: no process of the command was a Node/);
  });

  it("is refused with every problem at once where it cannot be", async () => {
    const listen = ["--listen", "127.0.0.1:0", "--token-file", tokenFile];
    for (const [args, problems] of [
      [
        ["--pid", String(process.pid), "--profile", "gprof", "--name", "a b"],
        [/--profile: expected node or perf, got "gprof"/, /--profile: expected --command beside it/, /--name: .*"a b"/],
      ],
      [
        ["--command", "true", "--name", "a,b", "--profile-folder", "/tmp/x"],
        [/--profile-folder: expected --profile node\|perf/, /--name: expected one name.*got 2/],
      ],
      [
        ["--command", "true", "--profile", "node", "--profile-folder", join(tokenFile, "in-a-file")],
        [/--profile-folder: cannot write to .*in-a-file: ENOTDIR/],
      ],
    ] as const) {
      const { code, said } = await refusedKeeper(...args, ...listen);
      assert.equal(code, 2);
      for (const words of problems) assert.match(said, words);
    }
  });
});
