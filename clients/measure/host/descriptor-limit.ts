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
