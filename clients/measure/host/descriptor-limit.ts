/** How many descriptors a process of ours may open. */
import { readProc } from "./process-files.ts";

/** Where the host does not tell: what most systems give. */
const usualLimit = 1024;

/** RLIMIT_NOFILE of this process (Node raises the soft limit to the hard one when it starts). */
export function descriptorLimit(): number {
  const limits = readProc("/proc/self/limits") ?? "";
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  return soft === undefined ? usualLimit : soft === "unlimited" ? 1_048_576 : Number(soft);
}

/** Node opens the files of a program all at once while it loads them. */
const fewestDescriptors = 300;

/** Why a process of ours cannot even load its program; null: it can. Ask before anything else is imported. */
export function tooFewDescriptors(): string | null {
  const descriptors = descriptorLimit();
  return descriptors >= fewestDescriptors
    ? null
    : `expected at least ${fewestDescriptors} file descriptors for this process, got ${descriptors}; raise the limit (ulimit -n ${fewestDescriptors} or more: a connection takes one)`;
}
