/** Kernel counters read at the start and end of a trial; their differences show whose limit was reached. */
import { parseCounterTables, parseSockstat, parseSoftnet } from "./proc.ts";
import { type ReadText, readProc } from "./process-files.ts";

/** Whose limit a rising counter indicates when target and generator share the machine. */
export type LimitOwner = "target" | "generator" | "host";

interface CounterMeaning {
  owner: LimitOwner;
  /** Follows the number: "12 connections …" */
  text: string;
}

/**
 * The counters, and what an increase means. Sources: kernel Documentation/networking/snmp_counter.rst and our own
 * measurements.
 */
export const counterMeanings = {
  "TcpExt.ListenOverflows": {
    owner: "target",
    text: "times a full accept queue made the kernel drop a connection: the target accepts too slowly, or its backlog is small",
  },
  "TcpExt.ListenDrops": {
    owner: "target",
    text: "connections dropped at a listening socket because the accept queue was full or memory was short",
  },
  "TcpExt.TCPReqQFullDoCookies": {
    owner: "target",
    text: "SYNs answered with a cookie because the SYN queue was full: the ramp was faster than the target accepts",
  },
  "TcpExt.TCPReqQFullDrop": {
    owner: "target",
    text: "SYNs dropped because the SYN queue was full and cookies are off (tcp_max_syn_backlog)",
  },
  // The kernel has no counter for tcp_abort_on_overflow; such resets are counted here (tcp_check_req).
  "TcpExt.EmbryonicRsts": {
    owner: "target",
    text: "connections reset before they were accepted: the accept queue was full and tcp_abort_on_overflow is 1, or the other side gave up",
  },
  "TcpExt.TCPSynRetrans": {
    owner: "target",
    text: "SYNs retransmitted after a second without an answer: these connects are late by that much",
  },
  "Tcp.RetransSegs": { owner: "host", text: "segments retransmitted: pushes or handshakes late by at least 200 ms" },
  "TcpExt.TCPTimeWaitOverflow": {
    owner: "host",
    text: "closed connections left out of TIME_WAIT because there were too many (tcp_max_tw_buckets)",
  },
  "TcpExt.TCPMemoryPressures": {
    owner: "host",
    text: "times the memory of all TCP sockets exceeded the pressure mark of tcp_mem: windows shrink",
  },
  "TcpExt.PruneCalled": {
    owner: "host",
    text: "times a socket's receive queue was compacted because its buffer was full: its reader is slow",
  },
  "TcpExt.TCPRcvQDrop": { owner: "host", text: "segments dropped at a full receive queue: a reader is slow" },
  "TcpExt.TCPBacklogDrop": { owner: "host", text: "segments dropped because a socket was in use for too long" },
  "TcpExt.TCPAbortOnMemory": {
    owner: "host",
    text: "connections reset because TCP ran out of memory or orphans (tcp_mem, tcp_max_orphans)",
  },
  "softnet.dropped": {
    owner: "host",
    text: "packets dropped at a full softnet backlog (netdev_max_backlog): too many at once, often because all connections close at the same time",
  },
  "softnet.squeezed": {
    owner: "host",
    text: "rounds of packet processing cut short with work left: the CPU ran out of its budget (netdev_budget)",
  },
} as const satisfies Record<string, CounterMeaning>;
export type CounterName = keyof typeof counterMeanings;

/** Current socket state, shown next to the counters; changes in it are no evidence by themselves. */
export interface SocketGauges {
  conntrackCount: number | null;
  tcpInUse: number | null;
  tcpOrphans: number | null;
  tcpTimeWait: number | null;
  tcpMemoryPages: number | null;
}

export interface KernelCounters {
  /** Totals since boot; counters this kernel lacks are absent. */
  counters: Partial<Record<CounterName, number>>;
  gauges: SocketGauges;
}

/** A counter that increased, as a sentence. */
export interface CounterDelta {
  counter: CounterName;
  delta: number;
  owner: LimitOwner;
  text: string;
}

const names = Object.keys(counterMeanings) as CounterName[];

/** Reads the counters of this network namespace. */
export function readCounters(read: ReadText = readProc): KernelCounters {
  const found = new Map([
    ...parseCounterTables(read("/proc/net/netstat") ?? ""),
    ...parseCounterTables(read("/proc/net/snmp") ?? ""),
  ]);
  const softnet = read("/proc/net/softnet_stat");
  if (softnet !== null)
    for (const [name, value] of Object.entries(parseSoftnet(softnet))) found.set(`softnet.${name}`, value);
  const sockstat = parseSockstat(read("/proc/net/sockstat") ?? "");
  const conntrack = read("/proc/sys/net/netfilter/nf_conntrack_count");
  return {
    counters: Object.fromEntries(names.flatMap((name) => (found.has(name) ? [[name, found.get(name)]] : []))),
    gauges: {
      conntrackCount: conntrack === null ? null : Number(conntrack),
      tcpInUse: sockstat.get("TCP.inuse") ?? null,
      tcpOrphans: sockstat.get("TCP.orphan") ?? null,
      tcpTimeWait: sockstat.get("TCP.tw") ?? null,
      tcpMemoryPages: sockstat.get("TCP.mem") ?? null,
    },
  };
}

/**
 * Counters that increased between two readings, in the order of {@link counterMeanings}. They cover the whole host,
 * including unrelated traffic.
 */
export function counterDeltas(before: KernelCounters, after: KernelCounters): CounterDelta[] {
  return names.flatMap((counter) => {
    const delta = (after.counters[counter] ?? 0) - (before.counters[counter] ?? 0);
    if (delta <= 0 || before.counters[counter] === undefined) return [];
    const { owner, text } = counterMeanings[counter];
    return [{ counter, delta, owner, text: `${delta.toLocaleString("en-US")} ${text}` }];
  });
}
