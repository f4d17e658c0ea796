import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import type { ProcessStat } from "./proc.ts";
import { type ProcessReader, ProcessTree } from "./process-tree.ts";

/** Simulated processes; tests set `own` and `reaped` ticks as the kernel would. */
class ScriptedProcesses implements ProcessReader {
  readonly processes = new Map<number, ProcessStat>();
  atNs = 0;
  pssReads = 0;

  begin(pid: number, parentPid: number, ownTicks = 0, startTicks = pid): ProcessStat {
    const stat = { pid, name: "p", state: "S", parentPid, ownTicks, reapedTicks: 0, threads: 2, startTicks };
    this.processes.set(pid, stat);
    return stat;
  }
  /** Ends a process; its parent waits for it or, if that is gone, nothing in the tree does. */
  end(pid: number): void {
    const ended = this.processes.get(pid)!;
    this.processes.delete(pid);
    const parent = this.processes.get(ended.parentPid);
    if (parent !== undefined) parent.reapedTicks += ended.ownTicks + ended.reapedTicks;
    for (const other of this.processes.values()) if (other.parentPid === pid) other.parentPid = 1;
  }
  stat(pid: number): ProcessStat | null {
    const found = this.processes.get(pid);
    return found === undefined ? null : { ...found };
  }
  children(pid: number): number[] {
    return [...this.processes.values()].filter((one) => one.parentPid === pid).map((one) => one.pid);
  }
  rssKiB(): number {
    return 1024;
  }
  pssKiB(): number {
    this.pssReads++;
    this.atNs += 1e8;
    return 512;
  }
  fds(): number {
    return 10;
  }
  nowNs = (): number => this.atNs;
}

describe("a process tree", () => {
  it("sums all descendants of its root and nothing else", () => {
    const processes = new ScriptedProcesses();
    processes.begin(10, 1, 100);
    processes.begin(11, 10, 20);
    processes.begin(12, 11, 3);
    processes.begin(13, 1, 5000);
    const sample = new ProcessTree([10], processes).sample();
    assert.deepEqual(sample.pids, [10, 11, 12]);
    assert.equal(sample.cpuSeconds, 1.23);
    assert.equal(sample.rssMiB, 3);
    assert.equal(sample.pssMiB, 1.5);
    assert.equal(sample.fds, 30);
    assert.equal(sample.threads, 6);
  });

  it("counts a child's CPU time once, before and after it was waited for", () => {
    const processes = new ScriptedProcesses();
    processes.begin(10, 1, 100);
    processes.begin(11, 10, 20);
    const tree = new ProcessTree([10], processes);
    assert.equal(tree.sample().cpuSeconds, 1.2);
    processes.end(11);
    assert.equal(tree.sample().cpuSeconds, 1.2);
    assert.equal(tree.sample().cpuSeconds, 1.2);
  });

  it("keeps the CPU time of a process that nothing in the tree waits for", () => {
    const processes = new ScriptedProcesses();
    processes.begin(10, 1, 100);
    processes.begin(11, 10, 20);
    processes.begin(12, 11, 7);
    const tree = new ProcessTree([10], processes);
    tree.sample();
    processes.end(11);
    assert.deepEqual(tree.sample().pids, [10, 12], "an orphan is still of the tree");
    processes.end(12);
    assert.equal(tree.sample().cpuSeconds, 1.27);
    processes.end(10);
    const last = tree.sample();
    assert.equal(last.cpuSeconds, 1.27);
    assert.deepEqual([last.rssMiB, last.fds, last.pids.length, last.pssMiB], [0, 0, 0, null]);
  });

  it("does not mistake a reused pid for its root", () => {
    const processes = new ScriptedProcesses();
    processes.begin(10, 1, 100);
    const tree = new ProcessTree([10], processes);
    processes.end(10);
    processes.begin(10, 1, 9999, 777);
    const sample = tree.sample();
    assert.deepEqual(sample.pids, []);
    assert.equal(sample.cpuSeconds, 1);
  });
});

describe("a sample of a process tree", () => {
  it("never decreases, and spends at most 1% of the time on expensive readings", () => {
    const processes = new ScriptedProcesses();
    const root = processes.begin(10, 1, 100);
    const tree = new ProcessTree([10], processes);
    for (let second = 0; second < 60; second++) {
      processes.atNs += 1e9;
      tree.sample();
    }
    assert.equal(processes.pssReads, 6, "each costs 0.1 s, so once in 10 s");
    root.ownTicks = 90;
    assert.equal(tree.sample().cpuSeconds, 1);
  });

  it("follows real processes", async () => {
    const parent = spawn(
      process.execPath,
      [
        "-e",
        `require("child_process").spawn(process.execPath, ["-e", "console.log(1); setInterval(() => {}, 1e3)"], { stdio: ["ignore", "inherit", "ignore"] })`,
      ],
      {
        stdio: ["ignore", "pipe", "ignore"],
        detached: true,
      },
    );
    try {
      await once(parent.stdout!, "data");
      const sample = new ProcessTree([parent.pid!]).sample();
      assert.equal(sample.pids.length, 2);
      assert.ok(sample.rssMiB > 20 && sample.cpuSeconds > 0 && sample.fds > 10 && sample.threads > 2);
      assert.ok(sample.pssMiB! > 0 && sample.pssMiB! <= sample.rssMiB);
    } finally {
      process.kill(-parent.pid!, "SIGKILL");
      await once(parent, "exit");
    }
  });
});
