/** The run's side of a keeper: starts it, receives the target's exit, stops it. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TargetError } from "../target-error.ts";
import type { KeeperAnswer, KeeperOrder, KeeperRequest } from "./keeper-message.ts";
import { killGroup } from "./process-group.ts";

/** How a target exited. `memoryLimit`: it was killed for its resident memory, as a cgroup would have done. */
export interface TargetExit {
  code: number | null;
  signal: string | null;
  memoryLimit: boolean;
}

/** A target process under a keeper. Neither keeps the current process alive. */
export interface KeptProcess {
  pid: number;
  exited: Promise<TargetExit>;
  /** Sends SIGTERM, then after 5 s SIGKILL, to its group; resolves when target and keeper are gone. Idempotent. */
  stop(): Promise<void>;
}

// The keeper is next to this file, compiled or not like this one.
const keeperPath = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./keeper.ts" : "./keeper.js", import.meta.url),
);

function spawnKeeper(logPath: string): ChildProcess {
  const log = openSync(logPath, "a");
  const keeper = spawn(process.execPath, ["--max-old-space-size=32", keeperPath], {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  keeper.unref();
  keeper.channel?.unref();
  return keeper;
}

/** The keeper's next answer; throws `start-failed` when it cannot start the target or dies. */
function nextAnswer(keeper: ChildProcess, shown: string): Promise<KeeperAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (text: string): void => reject(new TargetError("start-failed", `starting "${shown}": ${text}`));
    keeper.once("message", (message: KeeperAnswer) =>
      message.kind === "failed" ? fail(message.text) : resolve(message),
    );
    keeper.once("error", (error) => fail(error.message));
    keeper.once("exit", (code, signal) => fail(`its keeper process exited with ${code ?? signal}`));
  });
}

/**
 * Starts the order's command under a keeper. `beforeStart` runs when the keeper is up, just before the target is
 * spawned.
 */
export async function keepProcess(
  order: KeeperOrder,
  beforeStart: () => Promise<void> = async () => {},
): Promise<KeptProcess> {
  const shown = order.command.join(" ");
  const keeper = spawnKeeper(order.logPath);
  // A referenced timer: this process must stay alive while it waits for the keeper's answer, although the channel is
  // unreferenced.
  const alive = setTimeout(() => keeper.kill("SIGKILL"), 30_000);
  try {
    await nextAnswer(keeper, shown);
    await beforeStart();
    send(keeper, { kind: "start", order });
    const started = await nextAnswer(keeper, shown);
    if (started.kind !== "started")
      throw new TargetError("start-failed", `starting "${shown}": expected its pid, got ${started.kind}`);
    return keptProcess(keeper, started.pid);
  } catch (error) {
    keeper.kill("SIGTERM");
    throw error;
  } finally {
    clearTimeout(alive);
  }
}

/**
 * Resolves when the keeper has exited and all its messages were read: the exit may be reported before the last
 * messages.
 */
async function keeperGone(keeper: ChildProcess): Promise<void> {
  const silent = keeper.connected ? new Promise((resolve) => keeper.once("disconnect", resolve)) : null;
  if (keeper.exitCode === null && keeper.signalCode === null)
    await new Promise((resolve) => keeper.once("exit", resolve));
  await silent;
}

function keptProcess(keeper: ChildProcess, pid: number): KeptProcess {
  keeper.on("error", () => {
    // A message or signal could not be delivered: the exit event covers this.
  });
  const gone = keeperGone(keeper);
  const exited = new Promise<TargetExit>((resolve) => {
    let told = false;
    keeper.on("message", (message: KeeperAnswer) => {
      if (message.kind !== "exited") return;
      told = true;
      resolve({ code: message.code, signal: message.signal, memoryLimit: message.memoryLimit });
    });
    gone.then(() => {
      if (told) return;
      // The keeper was killed and could not stop its target, so do it here.
      killGroup(pid);
      resolve({ code: null, signal: "SIGKILL", memoryLimit: false });
    });
  });
  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    send(keeper, { kind: "stop" });
    const alive = setInterval(() => {}, 1000);
    await Promise.all([exited, gone]);
    clearInterval(alive);
  };
  return {
    pid,
    exited,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

function send(keeper: ChildProcess, request: KeeperRequest): void {
  if (keeper.connected) keeper.send(request, () => {});
}
