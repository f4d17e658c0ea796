/** Whose limit a failing load hit: a closed list, and the evidence that identifies one. Pure. */
import type { Cause } from "../../measure/cause.ts";
import type { CounterDelta } from "../../measure/host/kernel-counters.ts";
import type { TrialCriterion } from "./trial-judgement.ts";

/** Every limit a capacity search can name. The key is the code in report.json, the text is used in sentences. */
export const limitNames = {
  "target-cpu": "the target's CPU",
  "target-thread": "one thread of the target: an event loop or a lock",
  "host-cpu": "the machine's CPUs, shared by target, generator and other processes",
  "target-memory": "the target's memory",
  "target-descriptors": "the target's file descriptors",
  "target-died": "the target's process, which exited",
  "target-not-started": "the target, which could not be restarted",
  "accept-queue": "the target's accept queue: it accepts too slowly, or its backlog is small",
  "target-refuses": "the target refuses",
  "target-closes-early":
    "the target accepts connections and closes them before the upgrade, as a server at its own limit does",
  "target-opens-slowly": "the target opens connections more slowly than they are due",
  "target-fails-streams": "the target leaves streams unfinished",
  "lost-messages": "published messages do not reach their receivers, or not in time",
  disconnects: "the target disconnects",
  "lost-pushes": "the target skips pushes, or sends them too late",
  latency: "the latency limit",
  "local-ports": "the generator's local ports",
  conntrack: "the host's connection tracking table",
  "host-memory": "the host's memory",
  generator: "the generator",
  "generator-descriptors": "the generator's own file descriptors",
  "generator-dialling": "the generator's own rate of opening connections",
  "not-measured": "a figure that was not measured",
  maximum: "the scenario's maximum",
  "host-limits": "a limit of this host",
} as const;
export type LimitName = keyof typeof limitNames;

/** Observations beyond the figures of a failing trial. Null: unknown. */
export interface LimitEvidence {
  criterion: TrialCriterion | null;
  byCause: Partial<Record<Cause, number>>;
  /** Codes chosen by peers, "CAUSE:CODE". */
  byCode: Record<string, number>;
  /** Cores used in the busiest second, and those available to the target. */
  cpuPeak: number | null;
  cpuAllowed: number;
  /** Share of one core used by the target's busiest thread in its busiest second. */
  threadPeak: number | null;
  /** Busy cores of the whole host, mean over the sustain phase, and the number of cores. */
  hostBusyCores: number | null;
  hostCores: number;
  /** Cores used by the target and by the generator, mean over the trial. */
  cpuMean: number | null;
  ownCpuMean: number;
  rssMiB: number | null;
  memoryLimitMiB: number | null;
  /** The target was killed for its memory usage. */
  memoryKilled: boolean;
  /** Most descriptors at once, and the limit of all replicas together. */
  fds: number | null;
  fdsAllowed: number | null;
  counters: readonly CounterDelta[];
  conntrackFull: boolean;
  /** Failed streams, by cause and code. */
  streams?: Record<string, number>;
}

export interface NamedLimit {
  code: LimitName;
  /** The observation, with figures. */
  evidence: string;
}

const grouped = (value: number): string => value.toLocaleString("en-US");

/** The limit indicated by the evidence of a failing trial: the first matching rule, resources before symptoms. */
export function nameLimit(evidence: LimitEvidence): NamedLimit {
  const rules = [
    memory,
    descriptors,
    died,
    tracking,
    connects,
    disconnects,
    brokenStreams,
    processors,
    opening,
    owed,
    pushes,
  ];
  for (const rule of rules) {
    const named = rule(evidence);
    if (named !== null) return named;
  }
  return { code: "latency", evidence: "no resource was exhausted: the latency itself missed the goal" };
}

type Rule = (evidence: LimitEvidence) => NamedLimit | null;

const memory: Rule = ({ memoryKilled, rssMiB, memoryLimitMiB }) => {
  if (memoryKilled)
    return {
      code: "target-memory",
      evidence: `it was killed for its memory${memoryLimitMiB === null ? "" : ` (limit ${grouped(memoryLimitMiB)} MiB)`}`,
    };
  if (rssMiB === null || memoryLimitMiB === null || rssMiB < 0.95 * memoryLimitMiB) return null;
  return {
    code: "target-memory",
    evidence: `it used ${grouped(Math.round(rssMiB))} of ${grouped(memoryLimitMiB)} MiB`,
  };
};

/** Descriptors are the limit when nearly all were used and connections failed to open or were dropped. */
const descriptors: Rule = ({ fds, fdsAllowed, criterion }) => {
  if (fds === null || fdsAllowed === null || (criterion !== "refused" && criterion !== "unexpected-closes"))
    return null;
  if (fds < Math.min(fdsAllowed * 0.97, fdsAllowed - 2)) return null;
  return { code: "target-descriptors", evidence: `it had ${grouped(fds)} of ${grouped(fdsAllowed)} descriptors open` };
};

const died: Rule = ({ criterion }) =>
  criterion === "target-died"
    ? { code: "target-died", evidence: "its process exited by itself; its log is in the trial's folder" }
    : null;

const tracking: Rule = ({ criterion, conntrackFull, byCause }) => {
  if (criterion !== "refused" || !conntrackFull || !byCause["connect-timeout"]) return null;
  return {
    code: "conntrack",
    evidence: `the table was full, and ${grouped(byCause["connect-timeout"])} connects were never answered`,
  };
};

const connects: Rule = (evidence) => {
  if (evidence.criterion !== "refused") return null;
  const { byCause, counters } = evidence;
  const overflows = counters.find(({ counter }) => counter === "TcpExt.ListenOverflows")?.delta ?? 0;
  const unanswered = (byCause["connect-timeout"] ?? 0) + (byCause["upgrade-timeout"] ?? 0);
  if (unanswered > 0 && (overflows > 0 || byCause["connect-timeout"])) {
    return {
      code: "accept-queue",
      evidence: `${grouped(unanswered)} connects were not answered in time, ${grouped(overflows)} accept queue overflows`,
    };
  }
  const early = (byCause["closed-early"] ?? 0) + (byCause["upgrade-invalid"] ?? 0);
  const other = (byCause.refused ?? 0) + (byCause["upgrade-rejected"] ?? 0) + unanswered;
  return { code: early > 0 && other === 0 ? "target-closes-early" : "target-refuses", evidence: causesText(evidence) };
};

const disconnects: Rule = (evidence) =>
  evidence.criterion === "unexpected-closes" ? { code: "disconnects", evidence: causesText(evidence) } : null;

/**
 * A decision of the target, regardless of resources: an unexpected status, or a stream that was started and cut off.
 */
const brokenStreams: Rule = ({ criterion, streams = {} }) => {
  const [first] = Object.entries(streams).sort(([, a], [, b]) => b - a);
  if (criterion !== "failed-streams" || first === undefined || /timeout|unanswered/.test(first[0])) return null;
  const code = first[0].startsWith("status") ? "target-refuses" : "target-fails-streams";
  return { code, evidence: countsText(streams) };
};

const openingCriteria: readonly (TrialCriterion | null)[] = ["held-up", "connect-p99", "connect-tls-p99"];

const opening: Rule = ({ criterion, counters }) => {
  if (!openingCriteria.includes(criterion)) return null;
  const overflows = counters.find(({ counter }) => counter === "TcpExt.ListenOverflows")?.delta ?? 0;
  return overflows > 0
    ? { code: "accept-queue", evidence: `${grouped(overflows)} accept queue overflows` }
    : { code: "target-opens-slowly", evidence: "no resource was exhausted: it took too long to answer" };
};

const owed: Rule = ({ criterion, streams = {} }) => {
  if (criterion === "failed-streams") return { code: "target-fails-streams", evidence: countsText(streams) };
  return criterion === "lost-messages"
    ? { code: "lost-messages", evidence: "no resource was exhausted, but messages were lost or late" }
    : null;
};

/** Most frequent first: "120 status:503, 3 stream-cut". */
const countsText = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 4)
    .map(([name, n]) => `${grouped(n)} ${name}`)
    .join(", ");

/** The causes not due to the generator, most frequent first, with the codes of the first. */
function causesText({ byCause, byCode }: LimitEvidence): string {
  const counted = Object.entries(byCause).filter(([cause]) => cause !== "planned" && cause !== "interrupted");
  return counted
    .sort(([, a], [, b]) => b - a)
    .map(([cause, n]) => {
      const codes = Object.keys(byCode)
        .filter((code) => code.startsWith(`${cause}:`))
        .map((code) => code.slice(cause.length + 1));
      return `${grouped(n)} ${cause}${codes.length > 0 ? ` (${codes.slice(0, 3).join(", ")})` : ""}`;
    })
    .join(", ");
}

/** Slow because of a saturated CPU: the target's share, one of its threads, or the whole machine. */
const processors: Rule = ({ cpuPeak, cpuAllowed, threadPeak, hostBusyCores, hostCores, cpuMean, ownCpuMean }) => {
  if (cpuPeak !== null && cpuPeak >= 0.85 * cpuAllowed)
    return { code: "target-cpu", evidence: `it used ${cpuPeak.toFixed(2)} of ${cpuAllowed} cores` };
  if (threadPeak !== null && threadPeak >= 0.85)
    return { code: "target-thread", evidence: `its busiest thread used ${(threadPeak * 100).toFixed(0)} % of a core` };
  if (hostBusyCores !== null && hostBusyCores >= 0.92 * hostCores) {
    const others = Math.max(0, hostBusyCores - (cpuMean ?? 0) - ownCpuMean);
    const shares = `the target ${(cpuMean ?? 0).toFixed(2)}, the generator ${ownCpuMean.toFixed(2)}, others ${others.toFixed(2)}`;
    return { code: "host-cpu", evidence: `${hostBusyCores.toFixed(2)} of ${hostCores} cores were busy: ${shares}` };
  }
  return null;
};

const pushes: Rule = ({ criterion }) =>
  criterion === "lost-pushes"
    ? { code: "lost-pushes", evidence: "no resource was exhausted, but pushes were lost or late" }
    : null;
