/** Starts the command line as a user does and looks at the processes below it: for the tests of this folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("./main.js", import.meta.url));

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

/** All processes below one. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (root: number): number[] => [...parents].filter(([, parent]) => parent === root).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

/** Gone, but for an exit status nobody has asked for yet. */
export const isZombie = (pid: number): boolean => {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return true;
  }
};
