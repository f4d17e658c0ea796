/**
 * The keeper: a small process between a run and its target. It stops the target when the run asks, or when the run is
 * gone: its IPC channel closes then, however the run ended (including kill -9). The target leads its own process group,
 * so its children are stopped with it, and a Ctrl-C on the terminal does not reach it before the drain is complete. The
 * keeper's memory does not count as the target's.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, openSync, writeFileSync } from "node:fs";
import { readTreeRssKiB } from "../../measure/host/process-files.ts";
import { type KeeperAnswer, type KeeperOrder, type KeeperRequest, stopGraceMs } from "./keeper-message.ts";
import { killGroup } from "./process-group.ts";

const watchEveryMs = 250;
let target: ChildProcess | null = null;
let memoryLimit = false;
let stopping = false;

function answer(message: KeeperAnswer, then: () => void = () => {}): void {
  if (process.connected) process.send?.(message, then);
  else then();
}

function start(order: KeeperOrder): void {
  const log = openSync(order.logPath, "a");
  const [file = "", ...rest] = order.command;
  const { HOLDFAST_KEEPER_TOKEN: _, ...inherited } = process.env;
  const child = spawn(file, rest, {
    cwd: order.folder,
    env: { ...inherited, ...order.environment },
    detached: true,
    stdio: ["ignore", log, log],
  });
  child.once("error", (error) => answer({ kind: "failed", text: error.message }, () => process.exit(1)));
  const { pid } = child;
  if (pid === undefined) return;
  target = child;
  if (order.cgroupProcs !== null && !enterCgroup(order.cgroupProcs, pid)) return;
  const watch =
    order.watchMemoryMiB === null
      ? null
      : setInterval(watchMemory, watchEveryMs, pid, order.watchMemoryMiB, order.logPath);
  child.once("exit", (code, signal) => {
    if (watch !== null) clearInterval(watch);
    // processes it left behind in its group
    killGroup(pid);
    answer({ kind: "exited", code, signal, memoryLimit }, () => process.exit(0));
  });
  answer({ kind: "started", pid });
  if (stopping) stop();
}

function enterCgroup(procsPath: string, pid: number): boolean {
  try {
    writeFileSync(procsPath, String(pid));
    return true;
  } catch (error) {
    killGroup(pid);
    answer({ kind: "failed", text: `entering its cgroup: ${(error as Error).message}` }, () => process.exit(1));
    return false;
  }
}

/** Replaces a memory cgroup where none is available: coarser (every 250 ms), with the same effect. */
function watchMemory(pid: number, limitMiB: number, logPath: string): void {
  const rssMiB = readTreeRssKiB(pid) / 1024;
  if (rssMiB <= limitMiB || memoryLimit) return;
  memoryLimit = true;
  appendFileSync(logPath, `holdfast: memory limit: ${rssMiB.toFixed(1)} MiB resident, limit ${limitMiB} MiB; killed\n`);
  killGroup(pid);
}

function stop(): void {
  stopping = true;
  const pid = target?.pid;
  if (pid === undefined) {
    if (!process.connected) process.exit(0);
    return;
  }
  target?.kill("SIGTERM");
  setTimeout(() => killGroup(pid), stopGraceMs);
}

process.on("message", (request: KeeperRequest) => {
  if (request.kind === "start") start(request.order);
  else stop();
});
process.once("disconnect", stop);
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
process.on("SIGHUP", stop);
answer({ kind: "ready" });
