/** CPU usage of the whole host, from two readings of /proc/stat. */
import { ticksPerSecond } from "./proc.ts";
import { readProc } from "./process-files.ts";

/** CPU time since boot, summed over all processors, seconds. */
export interface HostTimes {
  busySeconds: number;
  totalSeconds: number;
}

/**
 * Parses the first line of /proc/stat: `cpu user nice system idle iowait irq softirq steal`. Null when it is absent.
 */
export function parseHostTimes(text: string): HostTimes | null {
  const match = /^cpu\s+(.+)$/m.exec(text);
  if (match === null) return null;
  const times = match[1]!.split(" ").map(Number).slice(0, 8);
  const total = times.reduce((sum, ticks) => sum + ticks, 0);
  const idle = (times[3] ?? 0) + (times[4] ?? 0);
  return { busySeconds: (total - idle) / ticksPerSecond, totalSeconds: total / ticksPerSecond };
}

/** The current times; null without /proc. */
export function readHostTimes(): HostTimes | null {
  return parseHostTimes(readProc("/proc/stat") ?? "");
}

/** Busy cores between two readings of a host with `cores` processors; null when either is missing or no time passed. */
export function busyCores(before: HostTimes | null, after: HostTimes | null, cores: number): number | null {
  if (before === null || after === null || after.totalSeconds <= before.totalSeconds) return null;
  return ((after.busySeconds - before.busySeconds) / (after.totalSeconds - before.totalSeconds)) * cores;
}
