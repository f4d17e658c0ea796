/**
 * Limits a target's memory. A cgroup is used only below a folder explicitly delegated through HOLDFAST_CGROUP: each
 * part of the cgroup tree has one manager, and writing where another one (systemd, a container runtime) is in charge
 * would conflict with it. Without one, the keeper watches the resident memory.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type MemoryMechanism = "cgroup-v2" | "cgroup-v1" | "watchdog" | "none";

/** The limit in force for one process. `why` says why it is not a better one; null when there is nothing to say. */
export interface MemoryLimit {
  mechanism: MemoryMechanism;
  limitMiB: number | null;
  why: string | null;
  /** The cgroup.procs file for the target's pid; null without a cgroup. */
  cgroupProcs: string | null;
  /** Whether the kernel killed a process for the limit; false without a cgroup. */
  wasHit(): boolean;
  /** Removes the cgroup, whose processes must have exited. */
  release(): void;
}

const nothing = { cgroupProcs: null, wasHit: () => false, release: () => {} };

const readText = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** Creates a cgroup below the delegated folder. Throws the system's error when that folder is not writable. */
function makeCgroup(delegated: string, name: string, limitMiB: number): MemoryLimit {
  const version2 = existsSync(join(delegated, "cgroup.controllers"));
  if (version2) writeFileSync(join(delegated, "cgroup.subtree_control"), "+memory");
  const folder = join(delegated, name);
  // Not recursive: the delegated folder must exist, and Node never returns from a recursive mkdir below /proc.
  mkdirSync(folder);
  const bytes = String(limitMiB * 2 ** 20);
  writeFileSync(join(folder, version2 ? "memory.max" : "memory.limit_in_bytes"), bytes);
  // With swap, exceeding the limit would only slow the target down.
  if (version2 && existsSync(join(folder, "memory.swap.max"))) writeFileSync(join(folder, "memory.swap.max"), "0");
  const events = join(folder, version2 ? "memory.events" : "memory.oom_control");
  return {
    mechanism: version2 ? "cgroup-v2" : "cgroup-v1",
    limitMiB,
    why: null,
    cgroupProcs: join(folder, "cgroup.procs"),
    wasHit: () => Number(/^oom_kill (\d+)/m.exec(readText(events))?.[1] ?? 0) > 0,
    release: () => {
      try {
        rmdirSync(folder);
      } catch {
        // The kernel refuses while a process in it is still exiting; an empty cgroup costs nothing.
      }
    },
  };
}

/**
 * The best limit this machine supports: a cgroup below `delegated`, otherwise watched by the keeper. `limitMiB` null
 * means no limit.
 */
export function limitMemory(
  limitMiB: number | null,
  name: string,
  delegated: string | undefined = process.env.HOLDFAST_CGROUP,
): MemoryLimit {
  if (limitMiB === null) return { ...nothing, mechanism: "none", limitMiB: null, why: null };
  const watchdog = (why: string): MemoryLimit => ({ ...nothing, mechanism: "watchdog", limitMiB, why });
  if (delegated === undefined || delegated === "")
    return watchdog("no cgroup was delegated; set HOLDFAST_CGROUP to a writable cgroup folder");
  try {
    return makeCgroup(delegated, name, limitMiB);
  } catch (error) {
    return watchdog(`HOLDFAST_CGROUP=${delegated}: ${(error as Error).message}`);
  }
}
