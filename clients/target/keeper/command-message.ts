/** What a command keeper and the process that started it say to each other, over the IPC channel. */

/** One command to run alone and measure. */
export interface CommandOrder {
  command: string[];
  folder: string;
  timeoutMs: number;
  /** Resident memory in MiB beyond which it is killed; null: no bound. */
  memoryMiB: number | null;
}

export type CommandRequest = { kind: "run"; order: CommandOrder } | { kind: "stop" };

/** How a command ended and what it took. Times on CLOCK_MONOTONIC. */
export interface CommandEnd {
  /** From just before the fork to the end the kernel reported, milliseconds. */
  elapsedMs: number;
  code: number | null;
  signal: string | null;
  /** User and system time, of children it waited for too. Null where the system does not tell. */
  cpuSeconds: number | null;
  /** Most resident memory of the process, or of the largest child it waited for. */
  rssMiB: number | null;
  /**
   * `exact`: the kernel's own account at its end. `sampled`: /proc, CPU to 10 ms, memory to what grew in the last 10
   * ms.
   */
  account: "exact" | "sampled";
  stdout: string;
  /** It wrote more than is kept: what is in `stdout` is not all. */
  isCut: boolean;
  /** The last lines it wrote there. */
  stderr: string;
  /** Why we killed it, null when it ended by itself. */
  killedFor: "timeout" | "memory" | "stop" | null;
}

export type CommandAnswer =
  | { kind: "ready" }
  | { kind: "started"; group: number }
  | { kind: "ended"; end: CommandEnd }
  | { kind: "failed"; text: string };

/** Most bytes kept of what a command prints: an answer is one line. */
export const mostOutputBytes = 1 << 20;
/** Most bytes kept of its last words. */
export const mostErrorBytes = 4096;
