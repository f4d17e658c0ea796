/**
 * Load of the busiest thread of several processes: an event loop or a global lock is saturated at one core, however
 * many the machine has.
 */
import { readdirSync } from "node:fs";
import { nowNs } from "../clock.ts";
import { parseProcessStat, ticksPerSecond } from "./proc.ts";
import { readProc } from "./process-files.ts";

/** Most threads examined: a target with more has no single bottleneck thread. */
const mostThreads = 64;
/** Over shorter spans the 10 ms resolution of the kernel's accounting dominates, nanoseconds. */
const leastNs = 0.9e9;

export class ThreadLoad {
  readonly #pids: readonly number[];
  #ticks = new Map<string, number>();
  #atNs = nowNs();
  #peak: number | null = null;

  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#ticks = this.#read();
  }

  /**
   * Share of one core used by the busiest thread in its busiest second so far; null before the first second or without
   * /proc.
   */
  get peak(): number | null {
    return this.#peak;
  }

  /** Reads the threads' CPU times; call about once a second. */
  sample(): void {
    const atNs = nowNs();
    if (atNs - this.#atNs < leastNs) return;
    const now = this.#read();
    const seconds = (atNs - this.#atNs) / 1e9;
    for (const [thread, ticks] of now) {
      const share = (ticks - (this.#ticks.get(thread) ?? 0)) / ticksPerSecond / seconds;
      this.#peak = Math.max(this.#peak ?? 0, share);
    }
    this.#ticks = now;
    this.#atNs = atNs;
  }

  #read(): Map<string, number> {
    const found = new Map<string, number>();
    for (const pid of this.#pids) {
      for (const thread of threadsOf(pid)) {
        const text = readProc(`/proc/${pid}/task/${thread}/stat`);
        const stat = text === null ? null : parseProcessStat(text);
        if (stat !== null) found.set(`${pid}/${thread}`, stat.ownTicks);
      }
    }
    return found;
  }
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).slice(0, mostThreads);
  } catch {
    return [];
  }
}
