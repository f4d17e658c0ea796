import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Script } from "./faults/script.ts";

/**
 * Node has no option for the number of session tickets per handshake: OpenSSL reads it from its configuration at
 * process start.
 */
const configuration = (count: number): string => `nodejs_conf = modules
[modules]
ssl_conf = contexts
[contexts]
system_default = all
[all]
NumTickets = ${count}
`;

const flag = "--openssl-config=";

/** Number of tickets for which the process must be restarted; null when this process can serve the script. */
export function ticketsToStartFor(script: Script, execArgv: readonly string[] = process.execArgv): number | null {
  const fault = script.faults.find(({ kind }) => kind === "tls.tickets") as { count: number } | undefined;
  return fault === undefined || execArgv.some((word) => word.startsWith(flag)) ? null : fault.count;
}

/** Runs this command in a new process that sends this many tickets, forwards signals, and exits with its code. */
export function serveWithTickets(count: number): void {
  const folder = mkdtempSync(join(tmpdir(), "rehearsal-"));
  const file = join(folder, "openssl.cnf");
  writeFileSync(file, configuration(count));
  const child = spawn(process.execPath, [`${flag}${file}`, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: "inherit",
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void child.kill(signal));
  child.once("exit", (code, signal) => {
    rmSync(folder, { recursive: true });
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
