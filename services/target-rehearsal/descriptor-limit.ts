import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

/**
 * Descriptors this process opens for a moment while it is full: /proc files behind /metrics, a connection on its way to
 * be closed.
 */
const spare = 2;

/** Descriptors open now; null where the system does not tell. */
function openDescriptors(): number | null {
  try {
    // One is the folder that is being read.
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return null;
  }
}

/**
 * Lowers this process's own RLIMIT_NOFILE so that it is full with `sockets` of them, of which `open` are there now.
 * Returns the limit, null where it could not be set (another system, a hard limit that is lower): closing at accept is
 * then all there is to see.
 */
export function limitDescriptors(sockets: number, open: number): number | null {
  const all = openDescriptors();
  if (all === null) return null;
  const limit = all - open + sockets + spare;
  const { status } = spawnSync("prlimit", [`--pid=${process.pid}`, `--nofile=${limit}:`], { stdio: "ignore" });
  return status === 0 ? limit : null;
}
