/** How many file descriptors a process of Holdfast may open. */
import { readProc } from "./process-files.ts";

/** Used where the host does not report it: the default of most systems. */
const usualLimit = 1024;

/** RLIMIT_NOFILE of this process (Node raises the soft limit to the hard one at start). */
export function descriptorLimit(): number {
  const limits = readProc("/proc/self/limits") ?? "";
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  return soft === undefined ? usualLimit : soft === "unlimited" ? 1_048_576 : Number(soft);
}

/** Node opens all files of a program at once while loading it. */
const fewestDescriptors = 300;

/** Why a process cannot even load its program; null when it can. Check before importing anything else. */
export function tooFewDescriptors(): string | null {
  const descriptors = descriptorLimit();
  return descriptors >= fewestDescriptors
    ? null
    : `expected at least ${fewestDescriptors} file descriptors for this process, got ${descriptors}; raise the limit (ulimit -n ${fewestDescriptors} or more: a connection takes one)`;
}
