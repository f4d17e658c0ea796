import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

/**
 * Descriptors this process opens briefly while at its limit: /proc files for /metrics, a connection about to be closed.
 */
const spare = 2;

/** Number of open descriptors; null where the system does not report it. */
function openDescriptors(): number | null {
  try {
    // One of them is the folder being read.
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return null;
  }
}

/**
 * Lowers this process's RLIMIT_NOFILE so that it is exhausted with `sockets` sockets, of which `open` are open now.
 * Returns the limit, or null where it could not be set (another system, a lower hard limit): then connections are only
 * closed at accept.
 */
export function limitDescriptors(sockets: number, open: number): number | null {
  const all = openDescriptors();
  if (all === null) return null;
  const limit = all - open + sockets + spare;
  const { status } = spawnSync("prlimit", [`--pid=${process.pid}`, `--nofile=${limit}:`], { stdio: "ignore" });
  return status === 0 ? limit : null;
}
