/**
 * Starts one of our services as a process: clients never import services, so the command line only knows where they
 * lie.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../target/project-root.ts";
import { UsageError } from "./failure.ts";

/**
 * Runs `dist/services/NAME/main.js` with these arguments until it ends; signals are passed on. Resolves its exit code.
 */
export function runService(name: "control" | "agent" | "keeper", args: readonly string[]): Promise<number> {
  const path = join(projectRoot, "dist/services", name, "main.js");
  if (!existsSync(path)) throw new UsageError(`expected ${path}, but it does not exist: npm run build`);
  // The channel says nothing; that it ends tells the service that we are gone, however we went.
  const child = spawn(process.execPath, [path, ...args], { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  // The terminal sends Ctrl-C to both; from anywhere else the signal is ours to pass on.
  const passOn = (signal: NodeJS.Signals): void =>
    void (signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, passOn);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      for (const each of ["SIGINT", "SIGTERM"] as const) process.off(each, passOn);
      resolve(code ?? (signal === null ? 1 : 130));
    });
  });
}
