import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Script } from "./faults/script.ts";

/**
 * How many tickets follow a handshake is no option of Node's: OpenSSL reads it from its configuration, which a process
 * has from its start.
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

/** Null: this process may serve the script itself. Else how many tickets it must be started anew for. */
export function ticketsToStartFor(script: Script, execArgv: readonly string[] = process.execArgv): number | null {
  const fault = script.faults.find(({ kind }) => kind === "tls.tickets") as { count: number } | undefined;
  return fault === undefined || execArgv.some((word) => word.startsWith(flag)) ? null : fault.count;
}

/** Runs this command in a process of its own that sends so many tickets, hands signals on, and ends as it ends. */
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
