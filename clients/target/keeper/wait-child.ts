/**
 * wait4(2) through koffi; the only file in this folder that uses it. Waiting for one child gives that child's own CPU
 * time and peak memory exactly, however short its life; getrusage(RUSAGE_CHILDREN) would give the maximum over all
 * children.
 */
import { constants } from "node:os";
import koffi from "koffi";

/**
 * What the kernel reports about an exited process. `maxRssKiB` is the peak of the process itself or of any child it
 * waited for.
 */
export interface ChildEnd {
  code: number | null;
  signal: string | null;
  cpuSeconds: number;
  maxRssKiB: number;
}

const PR_SET_CHILD_SUBREAPER = 36;
const libc = koffi.load(null);
const prctl = libc.func("int prctl(int, ulong, ulong, ulong, ulong)") as (
  option: number,
  a: number,
  b: number,
  c: number,
  d: number,
) => number;
const wait4 = libc.func("int wait4(int, uintptr_t, int, uintptr_t)") as {
  async(
    pid: number,
    status: number,
    options: number,
    usage: number,
    done: (error: Error | null, pid: number) => void,
  ): void;
};

/** Makes this process the parent of its orphaned descendants (Linux 3.4). False when the kernel refuses. */
export function becomeSubreaper(): boolean {
  return process.platform === "linux" && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) === 0;
}

/** Waits for one child on a separate thread. Rejects when it is not a child of this process. */
export function waitChild(pid: number): Promise<ChildEnd> {
  // Larger than what V8 keeps on its own heap, where it could be moved while the kernel writes to it.
  const memory = Buffer.alloc(4096);
  const address = Number(koffi.address(memory));
  return new Promise((resolve, reject) => {
    wait4.async(pid, address, 0, address + 64, (error, waited) => {
      if (error !== null || waited !== pid) reject(error ?? new Error(`wait4 for ${pid} answered ${waited}`));
      else resolve(decode(memory));
    });
  });
}

/**
 * Decodes `int status` at 0 and `struct rusage` at 64: user and system time as two pairs of longs, then maxrss in KiB.
 */
function decode(memory: Buffer): ChildEnd {
  const status = memory.readInt32LE(0);
  const long = (index: number): number => Number(memory.readBigInt64LE(64 + index * 8));
  const number = status & 0x7f;
  return {
    code: number === 0 ? (status >> 8) & 0xff : null,
    signal:
      number === 0
        ? null
        : (Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`),
    cpuSeconds: long(0) + long(2) + (long(1) + long(3)) / 1e6,
    maxRssKiB: long(4),
  };
}
