/** The generator's own resources: what a Node process uses itself. */
import { nowNs } from "../clock.ts";
import { parseKiB } from "./proc.ts";
import { readFdCount, readProc } from "./process-files.ts";

export interface OwnVitals {
  atNs: number;
  rssMiB: number;
  /** User and system time since the process began. */
  cpuSeconds: number;
  fds: number;
}

/** This process now. Descriptors are 0 where /proc is not there. */
export function ownVitals(): OwnVitals {
  const { user, system } = process.cpuUsage();
  return {
    atNs: nowNs(),
    rssMiB: process.memoryUsage.rss() / 2 ** 20,
    cpuSeconds: (user + system) / 1e6,
    fds: readFdCount("self") ?? 0,
  };
}

/** Resident memory of this process that no file is behind, MiB; null where /proc is not there. */
export function ownAnonymousMiB(): number | null {
  const kib = parseKiB(readProc("/proc/self/status") ?? "", "RssAnon");
  return kib === null ? null : kib / 1024;
}
