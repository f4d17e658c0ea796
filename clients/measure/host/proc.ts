/** Parsers for /proc text (proc(5)). Pure. Missing values are null, never zero. */

/** USER_HZ: the unit of CPU times in /proc/pid/stat, 100 on every Linux architecture Node runs on. */
export const ticksPerSecond = 100;

/**
 * The fields used from /proc/pid/stat. Ticks are 10 ms; `startTicks` counts from boot and, together with the pid,
 * identifies a process uniquely.
 */
export interface ProcessStat {
  pid: number;
  name: string;
  state: string;
  parentPid: number;
  /** user and system time of the process itself */
  ownTicks: number;
  /** user and system time of the children it has waited for, and of theirs */
  reapedTicks: number;
  threads: number;
  startTicks: number;
}

/**
 * Parses /proc/pid/stat. The name may contain spaces and parentheses, so fields are counted from the last `)`. Null for
 * other text.
 */
export function parseProcessStat(text: string): ProcessStat | null {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open < 0 || close < open) return null;
  const fields = text.slice(close + 2).split(" ");
  // fields[0] is field 3 of proc(5), the state
  const field = (number: number): number => Number(fields[number - 3]);
  const stat = {
    pid: Number(text.slice(0, open)),
    name: text.slice(open + 1, close),
    state: fields[0] ?? "",
    parentPid: field(4),
    ownTicks: field(14) + field(15),
    reapedTicks: field(16) + field(17),
    threads: field(20),
    startTicks: field(22),
  };
  return Number.isFinite(stat.startTicks) && Number.isFinite(stat.pid) ? stat : null;
}

/** The value in kB of a `Name:   123 kB` line (status, smaps_rollup, meminfo); null when there is no such line. */
export function parseKiB(text: string, name: string): number | null {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text);
  return match === null ? null : Number(match[1]);
}

/** Pids of a `children` file, separated by spaces. */
export function parsePids(text: string): number[] {
  return text.split(" ").filter(isPid).map(Number);
}

/** Whether a name in /proc is a pid. */
export function isPid(name: string): boolean {
  return /^\d+$/.test(name);
}

/**
 * Parses two-line counter tables (/proc/net/netstat, /proc/net/snmp): a line of names and a line of values, both
 * starting with the table's name. Keys are `Table.Name`, e.g. `TcpExt.ListenDrops`.
 */
export function parseCounterTables(text: string): Map<string, number> {
  const counters = new Map<string, number>();
  const lines = text.split("\n");
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const names = lines[index]!.split(" ");
    const values = lines[index + 1]!.split(" ");
    const table = names[0];
    if (table !== values[0]) continue;
    for (let column = 1; column < names.length; column++)
      counters.set(`${table!.replace(":", "")}.${names[column]}`, Number(values[column]));
  }
  return counters;
}

/** /proc/net/sockstat: `TCP: inuse 5 orphan 0` becomes `TCP.inuse` 5, `TCP.orphan` 0. `mem` is in pages. */
export function parseSockstat(text: string): Map<string, number> {
  const counters = new Map<string, number>();
  for (const line of text.trim().split("\n")) {
    const [table = "", ...rest] = line.split(/:? /);
    for (let index = 0; index + 1 < rest.length; index += 2)
      counters.set(`${table}.${rest[index]}`, Number(rest[index + 1]));
  }
  return counters;
}

/**
 * /proc/net/softnet_stat, summed over CPUs: packets dropped because the backlog was full, and poll rounds that ended
 * with work left.
 */
export function parseSoftnet(text: string): { dropped: number; squeezed: number } {
  const sum = { dropped: 0, squeezed: 0 };
  for (const line of text.trim().split("\n")) {
    const columns = line.split(" ");
    sum.dropped += Number.parseInt(columns[1] ?? "0", 16);
    sum.squeezed += Number.parseInt(columns[2] ?? "0", 16);
  }
  return sum;
}

/**
 * Soft and hard limit from a row of /proc/self/limits, e.g. `Max open files`; unlimited is Infinity, a missing row
 * null.
 */
export function parseLimit(text: string, row: string): { soft: number; hard: number } | null {
  const match = new RegExp(`^${row}\\s+(\\S+)\\s+(\\S+)`, "m").exec(text);
  if (match === null) return null;
  const value = (word: string | undefined): number => (word === "unlimited" ? Number.POSITIVE_INFINITY : Number(word));
  return { soft: value(match[1]), hard: value(match[2]) };
}

/** Share of CPU time since boot taken by the hypervisor, from the first line of /proc/stat, 0 to 1. */
export function parseStealShare(text: string): number | null {
  const match = /^cpu\s+(.+)$/m.exec(text);
  if (match === null) return null;
  // user nice system idle iowait irq softirq steal; guest time is already in user
  const times = match[1]!.split(" ").map(Number).slice(0, 8);
  const total = times.reduce((sum, ticks) => sum + ticks, 0);
  return total === 0 ? null : (times[7] ?? 0) / total;
}
