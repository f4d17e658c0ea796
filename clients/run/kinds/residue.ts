/**
 * What a target and the kernel hold before a run and after its drain: resources that are not released are a leak that
 * trends may not show.
 */

import { readCounters } from "../../measure/host/kernel-counters.ts";
import { readFdCount, readProc, readTreeRssKiB } from "../../measure/host/process-files.ts";
import { type DrainCheck, judgeResidue } from "../../measure/statistics/leak.ts";
import type { SoakResidue } from "../../report/model/schema/soak-block.ts";

/** One reading; values the host does not provide are null. */
export interface Held {
  targetFds: number | null;
  targetBytes: number | null;
  tcpInUse: number | null;
  timeWait: number | null;
  tracked: number | null;
  /** Kernel objects of TCP sockets (slabinfo, readable only by root). */
  tcpObjects: number | null;
}

/** Descriptors a target may keep: logs, timers, idle connections of client libraries. */
const allowedFds = 8;
/** Normal variation in the number of sockets on the whole machine. */
const allowedSockets = 64;

/** Takes a reading. `pids`: the roots of the target's process trees. */
export function readHeld(pids: readonly number[]): Held {
  const { gauges } = readCounters();
  const sum = (of: (pid: number) => number | null): number | null => {
    const values = pids.map(of);
    return values.length === 0 || values.includes(null)
      ? null
      : values.reduce<number>((total, value) => total + (value ?? 0), 0);
  };
  const slab = /^TCP\s+(\d+)/m.exec(readProc("/proc/slabinfo") ?? "")?.[1];
  return {
    targetFds: sum(readFdCount),
    targetBytes: sum((pid) => readTreeRssKiB(pid) * 1024),
    tcpInUse: gauges.tcpInUse,
    timeWait: gauges.tcpTimeWait,
    tracked: gauges.conntrackCount,
    tcpObjects: slab === undefined ? null : Number(slab),
  };
}

/** Number of connections a run made, and what may remain for a while. */
export interface DrainTerms {
  connections: number;
  /** Memory the target may keep, bytes: what its connections used at the start of the hold, plus the soak's budget. */
  allowedBytes: number;
}

/**
 * The checks with their residue. A closed connection stays in TIME_WAIT for 60 s and in conntrack for 120 s, which is
 * not residue.
 */
export function residueOf(before: Held, after: Held, { connections, allowedBytes }: DrainTerms): SoakResidue[] {
  const rows: [name: string, key: keyof Held, allowed: number, decides: boolean][] = [
    ["target descriptors", "targetFds", allowedFds, true],
    ["target memory, bytes", "targetBytes", allowedBytes, false],
    ["TCP sockets in use", "tcpInUse", allowedSockets, false],
    ["TIME_WAIT sockets", "timeWait", connections + allowedSockets, false],
    ["tracked connections", "tracked", 2 * connections + allowedSockets, false],
    ["kernel TCP objects", "tcpObjects", connections + allowedSockets, false],
  ];
  return rows.flatMap(([name, key, allowed, decides]) => {
    const [was, is] = [before[key], after[key]];
    if (was === null || is === null) return [];
    const check: DrainCheck = { name, before: was, after: is, allowed };
    return judgeResidue([check]).map((residue) => ({
      ...residue,
      ...(key === "targetBytes" ? { label: "target memory", unit: "bytes" as const } : { unit: "count" as const }),
      decides,
    }));
  });
}

/** Waits until no decisive residue is left, at most `withinMs`; resolves to the last reading. */
export async function settledResidue(
  pids: readonly number[],
  before: Held,
  terms: DrainTerms,
  withinMs: number,
): Promise<SoakResidue[]> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    const residue = residueOf(before, readHeld(pids), terms);
    if (performance.now() >= untilMs || residue.every(({ ok }) => ok)) return residue;
    await new Promise((resolve) => setTimeout(resolve, Math.min(500, withinMs)));
  }
}
