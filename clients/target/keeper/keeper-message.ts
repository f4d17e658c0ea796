/** What a keeper and the process that started it say to each other, over the IPC channel. */

/** What the keeper starts, and how its memory is bounded. */
export interface KeeperOrder {
  command: string[];
  folder: string;
  /** Variables beside our own: what other users of this machine must not read in its list of processes. */
  environment: Record<string, string>;
  logPath: string;
  /** Written with the target's pid right after its start. */
  cgroupProcs: string | null;
  /** Resident memory in MiB beyond which the keeper kills the target, where no cgroup does. */
  watchMemoryMiB: number | null;
}

export type KeeperRequest = { kind: "start"; order: KeeperOrder } | { kind: "stop" };

export type KeeperAnswer =
  | { kind: "ready" }
  | { kind: "started"; pid: number }
  | { kind: "failed"; text: string }
  | { kind: "exited"; code: number | null; signal: string | null; memoryLimit: boolean };

/** From SIGTERM to SIGKILL; the target contract gives a server as long to close its connections. */
export const stopGraceMs = 5000;
