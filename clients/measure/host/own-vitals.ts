/** Resource usage of the current process. */
import { nowNs } from "../clock.ts";
import { parseKiB } from "./proc.ts";
import { readFdCount, readProc } from "./process-files.ts";

export interface OwnVitals {
  atNs: number;
  rssMiB: number;
  /** User and system time since the process started. */
  cpuSeconds: number;
  fds: number;
}

/** Usage of this process now. Descriptors are 0 without /proc. */
export function ownVitals(): OwnVitals {
  const { user, system } = process.cpuUsage();
  return {
    atNs: nowNs(),
    rssMiB: process.memoryUsage.rss() / 2 ** 20,
    cpuSeconds: (user + system) / 1e6,
    fds: readFdCount("self") ?? 0,
  };
}

/** Anonymous resident memory of this process, MiB; null without /proc. */
export function ownAnonymousMiB(): number | null {
  const kib = parseKiB(readProc("/proc/self/status") ?? "", "RssAnon");
  return kib === null ? null : kib / 1024;
}
