/**
 * Kernel memory for sockets: objects in the slab caches used by connections (slabinfo(5), readable by root) and TCP
 * buffers. These are totals of the whole host, so only differences are meaningful.
 */

import { parseKiB, parseSockstat } from "../clients/measure/host/proc.ts";
import { readProc } from "../clients/measure/host/process-files.ts";

const pageBytes = 4096;
/**
 * Caches used only by sockets. Each socket also has a directory entry, whose cache is shared with all files; its size
 * is derived from the number of inodes.
 */
const socketCaches = new Set([
  "TCP",
  "TCPv6",
  "sock_inode_cache",
  "filp",
  "eventpoll_epi",
  "eventpoll_pwq",
  "nf_conntrack",
  "skbuff_head_cache",
  "skbuff_small_head",
  "tcp_bind_bucket",
  "tcp_bind2_bucket",
]);

/** Bytes of active objects in the socket caches; null when the text is not slabinfo. */
function parseSlabs(text: string): number | null {
  let bytes = 0;
  let inodes = 0;
  let entryBytes = 0;
  for (const line of text.split("\n")) {
    const [name = "", active = "0", , size = "0"] = line.split(/\s+/);
    if (name === "dentry") entryBytes = Number(size);
    if (!socketCaches.has(name)) continue;
    if (name === "sock_inode_cache") inodes = Number(active);
    bytes += Number(active) * Number(size);
  }
  return inodes === 0 ? null : bytes + inodes * entryBytes;
}

/**
 * Current socket slabs and TCP buffers, bytes. Without permission to read slabinfo, the growth of all slabs, including
 * unrelated ones.
 */
export function kernelBytes(): number {
  const slabs =
    parseSlabs(readProc("/proc/slabinfo") ?? "") ?? (parseKiB(readProc("/proc/meminfo") ?? "", "Slab") ?? 0) * 1024;
  const tcpPages = parseSockstat(readProc("/proc/net/sockstat") ?? "").get("TCP.mem") ?? 0;
  return slabs + tcpPages * pageBytes;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits up to ten seconds until the sockets of previous work are released: two readings within 1 % or 1 MiB. */
export async function settledKernelBytes(): Promise<number> {
  let before = kernelBytes();
  for (let tries = 0; tries < 20; tries++) {
    await pause(500);
    const now = kernelBytes();
    if (Math.abs(now - before) < Math.max(2 ** 20, before / 100)) return now;
    before = now;
  }
  return before;
}

/** Tracks the peak of kernel memory above its settled level, until stopped. */
export async function watchKernel(): Promise<{ stop(): number }> {
  const base = await settledKernelBytes();
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, kernelBytes() - base);
  }, 250);
  return {
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
}
