/**
 * Reads every limit of this host that a run can hit (docs/measurements.md, limits). Unreadable values are null, never
 * zero.
 */
import { type CgroupLimits, ownCgroupLimits } from "./cgroup-limits.ts";
import { parseKiB, parseLimit, parseSockstat, parseStealShare } from "./proc.ts";
import { type ReadText, readProc } from "./process-files.ts";

/** Limits and current usage. Counts unless the name says otherwise; pages are 4 KiB on most machines. */
export interface HostLimits extends CgroupLimits {
  openFilesSoft: number | null;
  openFilesHard: number | null;
  openFilesCeiling: number | null;
  systemFilesMax: number | null;
  systemFilesOpen: number | null;
  localPortLow: number | null;
  localPortHigh: number | null;
  acceptQueueMax: number | null;
  synBacklogMax: number | null;
  synCookies: number | null;
  abortOnOverflow: number | null;
  synRetries: number | null;
  conntrackMax: number | null;
  conntrackCount: number | null;
  netdevBacklogMax: number | null;
  tcpMemoryPressurePages: number | null;
  tcpMemoryMaxPages: number | null;
  tcpMemoryUsedPages: number | null;
  orphansMax: number | null;
  orphans: number | null;
  timeWaitMax: number | null;
  timeWait: number | null;
  timeWaitReuse: number | null;
  memoryTotalMiB: number | null;
  memoryAvailableMiB: number | null;
  /** Shift of CLOCK_MONOTONIC in this process's time namespace, seconds. */
  clockShiftSeconds: number | null;
  clockSource: string | null;
  /** Share of CPU time since boot taken by the hypervisor, 0 to 1. */
  stealShare: number | null;
}

/** The numbers of a one-line file, separated by whitespace; none when the file does not exist. */
function numbers(text: string | null): number[] {
  return text === null ? [] : text.trim().split(/\s+/).map(Number);
}

function readKernel(
  read: ReadText,
): Pick<HostLimits, "conntrackCount" | "conntrackMax"> & Record<KernelLimit, number | null> {
  const one = (path: string): number | null => numbers(read(`/proc/sys/${path}`))[0] ?? null;
  const [localPortLow = null, localPortHigh = null] = numbers(read("/proc/sys/net/ipv4/ip_local_port_range"));
  const [, tcpMemoryPressurePages = null, tcpMemoryMaxPages = null] = numbers(read("/proc/sys/net/ipv4/tcp_mem"));
  return {
    openFilesCeiling: one("fs/nr_open"),
    systemFilesMax: one("fs/file-max"),
    systemFilesOpen: one("fs/file-nr"),
    localPortLow,
    localPortHigh,
    acceptQueueMax: one("net/core/somaxconn"),
    synBacklogMax: one("net/ipv4/tcp_max_syn_backlog"),
    synCookies: one("net/ipv4/tcp_syncookies"),
    abortOnOverflow: one("net/ipv4/tcp_abort_on_overflow"),
    synRetries: one("net/ipv4/tcp_syn_retries"),
    conntrackMax: one("net/netfilter/nf_conntrack_max"),
    conntrackCount: one("net/netfilter/nf_conntrack_count"),
    netdevBacklogMax: one("net/core/netdev_max_backlog"),
    tcpMemoryPressurePages,
    tcpMemoryMaxPages,
    orphansMax: one("net/ipv4/tcp_max_orphans"),
    timeWaitMax: one("net/ipv4/tcp_max_tw_buckets"),
    timeWaitReuse: one("net/ipv4/tcp_tw_reuse"),
  };
}

type KernelLimit =
  | "openFilesCeiling"
  | "systemFilesMax"
  | "systemFilesOpen"
  | "localPortLow"
  | "localPortHigh"
  | "acceptQueueMax"
  | "synBacklogMax"
  | "synCookies"
  | "abortOnOverflow"
  | "synRetries"
  | "netdevBacklogMax"
  | "tcpMemoryPressurePages"
  | "tcpMemoryMaxPages"
  | "orphansMax"
  | "timeWaitMax"
  | "timeWaitReuse";

/** Shift of CLOCK_MONOTONIC from /proc/self/timens_offsets: `monotonic <seconds> <nanoseconds>`. */
function clockShift(text: string | null): number | null {
  const match = /^monotonic\s+(-?\d+)\s+(\d+)/m.exec(text ?? "");
  return match === null ? null : Number(match[1]) + Number(match[2]) / 1e9;
}

const mebibytes = (kibibytes: number | null): number | null => (kibibytes === null ? null : kibibytes / 1024);

/** Reads all limits of this host. */
export function readHostLimits(read: ReadText = readProc): HostLimits {
  const openFiles = parseLimit(read("/proc/self/limits") ?? "", "Max open files");
  const sockstat = parseSockstat(read("/proc/net/sockstat") ?? "");
  const memory = read("/proc/meminfo") ?? "";
  return {
    ...readKernel(read),
    ...ownCgroupLimits(read),
    openFilesSoft: openFiles?.soft ?? null,
    openFilesHard: openFiles?.hard ?? null,
    tcpMemoryUsedPages: sockstat.get("TCP.mem") ?? null,
    orphans: sockstat.get("TCP.orphan") ?? null,
    timeWait: sockstat.get("TCP.tw") ?? null,
    memoryTotalMiB: mebibytes(parseKiB(memory, "MemTotal")),
    memoryAvailableMiB: mebibytes(parseKiB(memory, "MemAvailable")),
    clockShiftSeconds: clockShift(read("/proc/self/timens_offsets")),
    clockSource: read("/sys/devices/system/clocksource/clocksource0/current_clocksource")?.trim() ?? null,
    stealShare: parseStealShare(read("/proc/stat") ?? ""),
  };
}
