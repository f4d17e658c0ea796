/** Contenders that are programs: run to their end, with the CPU time of all their processes. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";

/** CPU time of all ended and waited-for children and their descendants, in the kernel's ticks of 10 ms. */
function endedChildrenMs(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

interface Ran {
  stdout: string;
  cpuMs: number;
  tookMs: number;
}

/**
 * Runs a command. No other child of ours may end meanwhile, because the CPU time is that of all children. Rejects when
 * it exits with a code that is not in `codes`.
 */
export async function runChild(
  [file = "", ...args]: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; codes?: readonly number[]; mostMs?: number } = {},
): Promise<Ran> {
  const { cwd, env, codes = [0], mostMs = 300_000 } = options;
  const [beforeMs, begunMs] = [endedChildrenMs(), performance.now()];
  return new Promise((resolve, reject) => {
    const settings = { ...(cwd && { cwd }), env: { ...process.env, ...env }, timeout: mostMs, maxBuffer: 1 << 26 };
    const child = execFile(file, args, settings, (error, stdout, stderr) => {
      if (error !== null && child.pid === undefined) return reject(error);
      const { exitCode } = child;
      if (exitCode !== null && codes.includes(exitCode))
        return resolve({ stdout, cpuMs: endedChildrenMs() - beforeMs, tookMs: performance.now() - begunMs });
      const how = exitCode === null ? `ended after ${mostMs} ms` : `exit ${exitCode}`;
      reject(new Error(`${file} ${args[0] ?? ""}: ${how}: ${stderr.trim().split("\n").at(-1)}`));
    });
  });
}
