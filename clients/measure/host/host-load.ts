/** How busy the processors of this host are, whoever uses them: two readings of /proc/stat and their difference. */
import { ticksPerSecond } from "./proc.ts";
import { readProc } from "./process-files.ts";

/** Processor time since boot, in seconds, over all processors. */
export interface HostTimes {
  busySeconds: number;
  totalSeconds: number;
}

/** The first line of /proc/stat: `cpu user nice system idle iowait irq softirq steal`. Null where it is not there. */
export function parseHostTimes(text: string): HostTimes | null {
  const match = /^cpu\s+(.+)$/m.exec(text);
  if (match === null) return null;
  const times = match[1]!.split(" ").map(Number).slice(0, 8);
  const total = times.reduce((sum, ticks) => sum + ticks, 0);
  const idle = (times[3] ?? 0) + (times[4] ?? 0);
  return { busySeconds: (total - idle) / ticksPerSecond, totalSeconds: total / ticksPerSecond };
}

/** The times now, null where /proc is not there. */
export function readHostTimes(): HostTimes | null {
  return parseHostTimes(readProc("/proc/stat") ?? "");
}

/** Busy cores between two readings of a host with `cores` processors; null when either is missing or no time passed. */
export function busyCores(before: HostTimes | null, after: HostTimes | null, cores: number): number | null {
  if (before === null || after === null || after.totalSeconds <= before.totalSeconds) return null;
  return ((after.busySeconds - before.busySeconds) / (after.totalSeconds - before.totalSeconds)) * cores;
}
