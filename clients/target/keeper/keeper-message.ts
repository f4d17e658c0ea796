/** Messages between a keeper and the process that started it, over the IPC channel. */

/** What the keeper starts, and how its memory is limited. */
export interface KeeperOrder {
  command: string[];
  folder: string;
  /** Additional environment variables: for values that other users must not see in the process list. */
  environment: Record<string, string>;
  logPath: string;
  /** The target's pid is written to this file right after its start. */
  cgroupProcs: string | null;
  /** Resident memory beyond which the keeper kills the target where no cgroup does, MiB. */
  watchMemoryMiB: number | null;
}

export type KeeperRequest = { kind: "start"; order: KeeperOrder } | { kind: "stop" };

export type KeeperAnswer =
  | { kind: "ready" }
  | { kind: "started"; pid: number }
  | { kind: "failed"; text: string }
  | { kind: "exited"; code: number | null; signal: string | null; memoryLimit: boolean };

/**
 * Time from SIGTERM to SIGKILL, milliseconds; the target contract allows a server this long to close its connections.
 */
export const stopGraceMs = 5000;
