/** Runs one command to its end under a command keeper and returns the resources it used. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Alarm } from "../../measure/alarm.ts";
import { TargetError } from "../target-error.ts";
import type { CommandAnswer, CommandEnd, CommandOrder, CommandRequest } from "./command-message.ts";
import { killGroup } from "./process-group.ts";

// The keeper is next to this file, compiled or not like this one.
const keeperPath = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./command-keeper.ts" : "./command-keeper.js", import.meta.url),
);

/** How long after its command's own deadline an unresponsive keeper is given up, milliseconds. */
const spareMs = 30_000;

/**
 * Runs a command alone. A command that fails, hangs (killed at its deadline) or is stopped by the signal is a result,
 * not an error. Throws `start-failed` when no process could be created, or the keeper died.
 */
export function runMeasured(order: CommandOrder, signal?: AbortSignal): Promise<CommandEnd> {
  const keeper = spawn(process.execPath, ["--max-old-space-size=32", keeperPath], {
    detached: true,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const stop = (): void => send(keeper, { kind: "stop" });
  signal?.addEventListener("abort", stop);
  const deadline = new Alarm(order.timeoutMs + spareMs, () => keeper.kill("SIGKILL"));
  let group: number | null = null;
  return new Promise<CommandEnd>((resolve, reject) => {
    const fail = (text: string): void =>
      reject(new TargetError("start-failed", `running "${order.command.join(" ")}": ${text}`));
    keeper.on("message", (message: CommandAnswer) => {
      if (message.kind === "ready") send(keeper, { kind: "run", order });
      else if (message.kind === "started") {
        group = message.group;
        if (signal?.aborted) stop();
      } else if (message.kind === "ended") resolve(message.end);
      else fail(message.text);
    });
    keeper.once("error", (error) => fail(error.message));
    keeper.once("close", (code, ended) => fail(`its keeper process exited with ${code ?? ended}`));
  }).finally(() => {
    deadline.cancel();
    signal?.removeEventListener("abort", stop);
    if (group !== null) killGroup(group);
    if (keeper.connected) keeper.disconnect();
  });
}

function send(keeper: ChildProcess, request: CommandRequest): void {
  if (keeper.connected) keeper.send(request, () => {});
}
