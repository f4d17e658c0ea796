/** Reads /proc files of one process. A process may end between any two reads, so every reader may return null. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { isPid, type ProcessStat, parseKiB, parsePids, parseProcessStat, ticksPerSecond } from "./proc.ts";

/** Reads a file's text; null when it does not exist. */
export type ReadText = (path: string) => string | null;

/** Text of a /proc (or sysfs) file; null when it does not exist or is not readable. */
export function readProc(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return null;
  }
}

function listProc(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** /proc/pid/stat. */
export function readProcessStat(pid: number): ProcessStat | null {
  const text = readProc(`/proc/${pid}/stat`);
  return text === null ? null : parseProcessStat(text);
}

/** Whether a process exists and has not ended; a zombie has ended, even if its exit status was not collected. */
export function isRunning(pid: number): boolean {
  const stat = readProcessStat(pid);
  return stat !== null && stat.state !== "Z";
}

/** User and system CPU time of the process itself, milliseconds in steps of 10; 0 when it is gone. */
export function readCpuMs(pid: number): number {
  return ((readProcessStat(pid)?.ownTicks ?? 0) * 1000) / ticksPerSecond;
}

/** Resident memory in KiB; 0 for a zombie. */
export function readRssKiB(pid: number): number {
  return parseKiB(readProc(`/proc/${pid}/status`) ?? "", "VmRSS") ?? 0;
}

/**
 * Proportional set size in KiB. Walks the page tables while holding the target's mmap lock, a few ms per GiB, so call
 * it rarely.
 */
export function readPssKiB(pid: number): number | null {
  return parseKiB(readProc(`/proc/${pid}/smaps_rollup`) ?? "", "Pss");
}

const perThread = readProc(`/proc/self/task/${process.pid}/children`) !== null;

/**
 * Children of a process, of all its threads. Falls back to scanning /proc where the kernel provides no children files.
 */
export function readChildren(pid: number): number[] {
  if (perThread)
    return listProc(`/proc/${pid}/task`).flatMap((thread) =>
      parsePids(readProc(`/proc/${pid}/task/${thread}/children`) ?? ""),
    );
  return listProc("/proc")
    .filter(isPid)
    .map(Number)
    .filter((other) => readProcessStat(other)?.parentPid === pid);
}

/** All descendants of a process now: each child followed by its own descendants. */
export function readDescendants(pid: number): number[] {
  return readChildren(pid).flatMap((child) => [child, ...readDescendants(child)]);
}

/**
 * Whether st_size of /proc/pid/fd is the number of descriptors (Linux 6.2 and later), which makes counting them free.
 */
export const cheapFdCount: boolean = (statSync("/proc/self/fd", { throwIfNoEntry: false })?.size ?? 0) > 0;

/**
 * Open descriptors of a process; null when not permitted. Without `cheapFdCount` they are listed, at 1 ms or more per
 * 10,000.
 */
export function readFdCount(pid: number | "self"): number | null {
  try {
    return cheapFdCount ? statSync(`/proc/${pid}/fd`).size : readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return null;
  }
}

/** Current resident memory of a process and its descendants, KiB. */
export function readTreeRssKiB(pid: number): number {
  return readRssKiB(pid) + readChildren(pid).reduce((sum, child) => sum + readTreeRssKiB(child), 0);
}
