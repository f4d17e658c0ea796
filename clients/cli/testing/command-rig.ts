/** Starts the command line as a user does and waits for what it does: for the tests of this folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("../main.js", import.meta.url));

export interface Started {
  child: ChildProcess;
  runs: string;
  stderr: () => string;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string }>;
}

/** Runs a command that keeps, or looks for, its runs in this folder. */
export function startCommand(runs: string, ...args: string[]): Started {
  const child = spawn(process.execPath, [entry, ...args, "--runs", runs], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string }>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout }));
  });
  return { child, runs, stderr: () => stderr, ended };
}

/** Polls until `check` gives something; bounded to 60 s. */
export async function until<T>(check: () => T | null | undefined | false, what: string): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = check();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not happen within 60 s`);
}
