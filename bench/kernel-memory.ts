/**
 * Memory the kernel holds for sockets: objects in the slab caches a connection uses (slabinfo(5), for root) and the
 * buffers of TCP. It is the whole host's, so differences are what counts.
 */

import { parseKiB, parseSockstat } from "../clients/measure/host/proc.ts";
import { readProc } from "../clients/measure/host/process-files.ts";

const pageBytes = 4096;
/**
 * A socket's own caches. Each socket also has a directory entry, whose cache all files share: it is counted by the
 * inodes.
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

/** Bytes of active objects in the caches of sockets; null for text that is none of slabinfo's. */
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
 * Sockets' slabs and TCP buffers now, bytes. Who may not read slabinfo gets the growth of all slabs, others' included.
 */
export function kernelBytes(): number {
  const slabs =
    parseSlabs(readProc("/proc/slabinfo") ?? "") ?? (parseKiB(readProc("/proc/meminfo") ?? "", "Slab") ?? 0) * 1024;
  const tcpPages = parseSockstat(readProc("/proc/net/sockstat") ?? "").get("TCP.mem") ?? 0;
  return slabs + tcpPages * pageBytes;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Waits, at most ten seconds, until the sockets of what ran before are given back: two readings within 1 % or 1 MiB.
 */
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

/** Watches for the most the kernel holds beyond what it holds once settled, until stopped. */
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
