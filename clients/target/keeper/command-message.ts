/** Messages between a command keeper and the process that started it, over the IPC channel. */

/** A command to run alone and measure. */
export interface CommandOrder {
  command: string[];
  folder: string;
  timeoutMs: number;
  /** Resident memory beyond which it is killed, MiB; null: no limit. */
  memoryMiB: number | null;
}

export type CommandRequest = { kind: "run"; order: CommandOrder } | { kind: "stop" };

/** How a command ended and the resources it used. Times are CLOCK_MONOTONIC. */
export interface CommandEnd {
  /** From just before the fork to the exit reported by the kernel, milliseconds. */
  elapsedMs: number;
  code: number | null;
  signal: string | null;
  /** User and system time, including children it waited for. Null where the system does not report it. */
  cpuSeconds: number | null;
  /** Peak resident memory of the process, or of the largest child it waited for. */
  rssMiB: number | null;
  /**
   * `exact`: the kernel's accounting at exit. `sampled`: from /proc, with CPU time to 10 ms and without memory growth
   * in the last 10 ms.
   */
  account: "exact" | "sampled";
  stdout: string;
  /** It printed more than is kept: `stdout` is truncated. */
  isCut: boolean;
  /** The last lines printed to stderr. */
  stderr: string;
  /** Why it was killed; null when it exited on its own. */
  killedFor: "timeout" | "memory" | "stop" | null;
}

export type CommandAnswer =
  | { kind: "ready" }
  | { kind: "started"; group: number }
  | { kind: "ended"; end: CommandEnd }
  | { kind: "failed"; text: string };

/** Most bytes kept of a command's output: an answer is one line. */
export const mostOutputBytes = 1 << 20;
/** Most bytes kept of its last lines on stderr. */
export const mostErrorBytes = 4096;
