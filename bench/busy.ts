/** Keeps every CPU busy, with one child process each, for a limited time. */
import { spawn } from "node:child_process";
import { cpus } from "node:os";

const program = "const until = Date.now() + 120000; while (Date.now() < until) for (let i = 0; i < 1e6; i++);";

export function keepBusy(): { stop(): void } {
  const children = cpus().map(() => spawn(process.execPath, ["-e", program], { stdio: "ignore" }));
  const stop = (): void => {
    for (const child of children) child.kill("SIGKILL");
  };
  process.once("exit", stop);
  return { stop };
}
