/**
 * Samples a process tree from /proc.
 *
 * CPU time without double counting: each process's own time plus that of children it has waited for, summed over the
 * live tree. Parents are read before their children: a child reaped in between is missing from this sample and included
 * in its parent's time in the next, so the sum can only lag; it is kept monotonic. A process that ends without a parent
 * in the tree to wait for it is added once, as last seen.
 */
import { nowNs } from "../clock.ts";
import { type ProcessStat, ticksPerSecond } from "./proc.ts";
import { cheapFdCount, readChildren, readFdCount, readProcessStat, readPssKiB, readRssKiB } from "./process-files.ts";

/** A process tree at one instant. `cpuSeconds` is the total since the tree's start and never decreases. */
export interface TreeSample {
  atNs: number;
  rssMiB: number;
  /** Last measured value, null before the first; see {@link ProcessTree}. */
  pssMiB: number | null;
  cpuSeconds: number;
  fds: number;
  threads: number;
  pids: number[];
  /** What its owner calls it; absent: nothing. */
  name?: string;
}

/** The readers used by the tree; replaced in tests. */
export interface ProcessReader {
  stat(pid: number): ProcessStat | null;
  children(pid: number): number[];
  rssKiB(pid: number): number;
  pssKiB(pid: number): number | null;
  fds(pid: number): number | null;
  nowNs(): number;
}

const procReader: ProcessReader = {
  stat: readProcessStat,
  children: readChildren,
  rssKiB: readRssKiB,
  pssKiB: readPssKiB,
  fds: readFdCount,
  nowNs,
};

/**
 * A reading that may be expensive: repeated only when the last one's cost is at most 1% of the time since, and
 * `atLeastNs` has passed.
 */
class PacedReading {
  value: number | null = null;
  #nextNs = Number.NEGATIVE_INFINITY;
  readonly #atLeastNs: number;

  constructor(atLeastNs: number) {
    this.#atLeastNs = atLeastNs;
  }

  read(clock: () => number, measure: () => number | null): number | null {
    const begunNs = clock();
    if (begunNs < this.#nextNs) return this.value;
    this.value = measure() ?? this.value;
    const endedNs = clock();
    this.#nextNs = endedNs + Math.max(this.#atLeastNs, 100 * (endedNs - begunNs));
    return this.value;
  }
}

/** Follows the descendants of `roots`. A pid reused by another process is never mixed in. */
export class ProcessTree {
  readonly #reader: ProcessReader;
  readonly #seen = new Map<number, ProcessStat>();
  readonly #pss = new PacedReading(5e9);
  readonly #fds = new PacedReading(cheapFdCount ? 0 : 1e9);
  #endedTicks = 0;
  #highTicks = 0;

  constructor(roots: readonly number[], reader: ProcessReader = procReader) {
    this.#reader = reader;
    for (const pid of roots) {
      const stat = reader.stat(pid);
      if (stat !== null) this.#seen.set(pid, stat);
    }
  }

  /** Samples the tree. After the last process ended: zeros, with the final CPU time. */
  sample(): TreeSample {
    const reader = this.#reader;
    const live = this.#walk();
    this.#settle(live);
    let ticks = this.#endedTicks;
    let rssKiB = 0;
    let threads = 0;
    for (const [pid, stat] of live) {
      ticks += stat.ownTicks + stat.reapedTicks;
      threads += stat.threads;
      rssKiB += reader.rssKiB(pid);
    }
    this.#highTicks = Math.max(this.#highTicks, ticks);
    const pids = [...live.keys()];
    const sum = (measure: (pid: number) => number | null) => (): number | null =>
      pids.reduce<number | null>((total, pid) => {
        const one = measure(pid);
        return one === null ? total : (total ?? 0) + one;
      }, null);
    const pssKiB =
      pids.length === 0
        ? null
        : this.#pss.read(
            reader.nowNs,
            sum((pid) => reader.pssKiB(pid)),
          );
    const fds =
      pids.length === 0
        ? 0
        : (this.#fds.read(
            reader.nowNs,
            sum((pid) => reader.fds(pid)),
          ) ?? 0);
    return {
      atNs: reader.nowNs(),
      rssMiB: rssKiB / 1024,
      pssMiB: pssKiB === null ? null : pssKiB / 1024,
      cpuSeconds: this.#highTicks / ticksPerSecond,
      fds,
      threads,
      pids,
    };
  }

  /** All processes seen before that still exist, and their descendants, parents first. */
  #walk(): Map<number, ProcessStat> {
    const live = new Map<number, ProcessStat>();
    const visit = (pid: number, startTicks: number | null): void => {
      if (live.has(pid)) return;
      const stat = this.#reader.stat(pid);
      if (stat === null || (startTicks !== null && stat.startTicks !== startTicks)) return;
      live.set(pid, stat);
      for (const child of this.#reader.children(pid)) visit(child, null);
    };
    for (const [pid, before] of this.#seen) visit(pid, before.startTicks);
    return live;
  }

  /** Keeps the CPU time of processes that ended without an ancestor in the tree to inherit it. */
  #settle(live: Map<number, ProcessStat>): void {
    for (const [pid, before] of this.#seen) {
      if (live.get(pid)?.startTicks === before.startTicks) continue;
      if (!this.#hasLiveAncestor(before, live)) this.#endedTicks += before.ownTicks + before.reapedTicks;
    }
    this.#seen.clear();
    for (const [pid, stat] of live) this.#seen.set(pid, stat);
  }

  #hasLiveAncestor(stat: ProcessStat, live: Map<number, ProcessStat>): boolean {
    for (let parent = stat.parentPid, hops = 0; hops < 64; hops++) {
      const before = this.#seen.get(parent);
      if (before === undefined) return false;
      if (live.get(parent)?.startTicks === before.startTicks) return true;
      parent = before.parentPid;
    }
    return false;
  }
}
