/** The report of one run: the contract of `report.json`. One schema gives the type, the API document and the check. */
import { type Static, Type } from "typebox";
import type { BucketCounts } from "../../measure/bucket-counts.ts";
import { causeList } from "../../measure/cause.ts";
import { latencyList } from "../../measure/latency.ts";
import type { RegularityReport, SlowReadersReport, StormReport } from "./connection-blocks.ts";
import type { Footprint, Generation, LogFacts, VariantResult } from "./pipeline-block.ts";
import type { ProfileBlock } from "./profile-block.ts";

const count = (description: string) => Type.Integer({ minimum: 0, description });
const milliseconds = (description: string) => Type.Number({ description });

/** Quantiles of one latency in milliseconds, from the merged histogram of all shards. */
export const Quantiles = Type.Object({
  count: count("samples"),
  p50: milliseconds("median"),
  p90: milliseconds("90th percentile"),
  p99: milliseconds("99th percentile"),
  p999: milliseconds("99.9th percentile"),
  max: milliseconds("largest"),
});
export type Quantiles = Static<typeof Quantiles>;

/** Absent keys and null both mean: not measured. Never zero for "not measured". */
export const LatencyMs = Type.Object(
  Object.fromEntries(latencyList.map((name) => [name, Type.Optional(Type.Union([Quantiles, Type.Null()]))])) as Record<
    (typeof latencyList)[number],
    ReturnType<typeof Type.Optional<ReturnType<typeof Type.Union<[typeof Quantiles, ReturnType<typeof Type.Null>]>>>>
  >,
);
export type LatencyMs = Partial<Record<(typeof latencyList)[number], Quantiles | null>>;

/** `planned = opened + refused + notAttempted`, exactly. */
export const ConnectionCounts = Type.Object({
  planned: count("connections the scenario asks for"),
  attempted: count("connects begun for planned connections, reconnects not included"),
  opened: count("planned connections whose handshake was completed"),
  refused: count("planned connections that did not open, by any cause"),
  notAttempted: count("planned connections never begun (the run was stopped, or a shard died first)"),
  peak: count("most connections open at once"),
  closedByPlan: count("open connections we ended (causes planned and interrupted)"),
  closedUnexpectedly: count("open connections that ended without our asking"),
  byCause: Type.Partial(Type.Object(Object.fromEntries(causeList.map((cause) => [cause, Type.Optional(Type.Integer())])))),
  byCode: Type.Record(Type.String(), Type.Integer(), { description: "CAUSE:CODE for causes that carry a code: close-frame:1012, upgrade-rejected:503" }),
  reconnects: Type.Object({ attempted: count("connects begun again"), opened: count("opened again"), refused: count("did not open again") }),
});
export type ConnectionCounts = {
  planned: number;
  attempted: number;
  opened: number;
  refused: number;
  notAttempted: number;
  peak: number;
  closedByPlan: number;
  closedUnexpectedly: number;
  byCause: Partial<Record<(typeof causeList)[number], number>>;
  byCode: Record<string, number>;
  reconnects: { attempted: number; opened: number; refused: number };
};

/** Everything that came over open connections, whether or not it carried a stamp. */
export const MessageCounts = Type.Object({
  received: count("messages that arrived on open connections; for an API run, answers"),
});
export type MessageCounts = Static<typeof MessageCounts>;

/** `due = received + lost`, exactly; `late` is part of `received`. */
export const PushCounts = Type.Object({
  due: count("pushes that were due on open connections"),
  received: count("due pushes that arrived"),
  late: count("received, but after half an interval or 5 s, whichever is less"),
  lost: count("due pushes that never arrived"),
  duplicated: count("pushes that arrived again"),
  outOfOrder: count("pushes that arrived after a later one"),
  corrupted: count("messages whose check did not hold; their pushes are lost"),
});
export type PushCounts = Static<typeof PushCounts>;

const Usage = Type.Object({
  rssMiB: Type.Object({ steady: Type.Number({ description: "median over the hold" }), peak: Type.Number() }),
  pssMiB: Type.Optional(Type.Object({ steady: Type.Number(), peak: Type.Number() })),
  cpu: Type.Object({
    mean: Type.Number({ description: "cores, over the run: 1 is one core fully used" }),
    peak: Type.Number({ description: "cores, in the busiest second" }),
  }),
  fds: Type.Number({ description: "most descriptors at once" }),
  threads: Type.Optional(Type.Number()),
});
export type Usage = Static<typeof Usage>;

export const Reason = Type.Object({
  code: Type.String({ description: "from a closed list" }),
  text: Type.String({ description: "what was expected, what came, what to do" }),
});
export type Reason = Static<typeof Reason>;

export const LimitResult = Type.Object({
  limit: Type.String({ description: "the field the limit is on, e.g. pushLatencyMs.p99" }),
  atMost: Type.Optional(Type.Number()),
  atLeast: Type.Optional(Type.Number()),
  measured: Type.Union([Type.Number(), Type.Null()]),
  ok: Type.Boolean(),
});
export type LimitResult = Static<typeof LimitResult>;

/** `due = sent + unsent` and `sent = ok + failed + unanswered`, exactly. */
export const RequestCounts = Type.Object({
  due: count("requests of the measured time; at a rate, those whose due instant lay in it"),
  sent: count("begun: written, or their connection did not open"),
  unsent: count("at a rate: due, and never sent because no connection was free"),
  ok: count("answered as the scenario expects"),
  failed: count("answered otherwise, or not, by the causes below"),
  unanswered: count("given up when the run ended before their deadline"),
  checkShare: Type.Number({ description: "share of the answers whose body was checked" }),
  byCause: Type.Record(Type.String(), Type.Integer(), { description: "failed, by cause" }),
  byStatusClass: Type.Record(Type.String(), Type.Integer(), { description: '"none" to "5xx": adds up to ok + failed' }),
  ownLagMs: Type.Union([Quantiles, Type.Null()], {
    description: "at a rate: how late we sent what could have been sent when it was due; part of the latencies",
  }),
});
export type RequestCounts = Static<typeof RequestCounts>;

/** One step of an API run: a number of users for the whole hold. */
export const StepFigures = Type.Object({
  users: count("concurrent users, or connections at a rate"),
  active: Type.Optional(count("of those, the ones that had a request counted; at a rate as many as were needed")),
  ratePerSecond: Type.Union([Type.Number(), Type.Null()], { description: "requests due per second; null in a closed loop" }),
  heldMs: count("how long it was measured"),
  qps: Type.Number({ description: "right answers per second that arrived while it was measured" }),
  sent: count("requests"),
  unsent: count("due and never sent"),
  ok: count("answered right"),
  failed: count("failed"),
  unanswered: count("given up at the end"),
  latencyMs: Type.Union([Quantiles, Type.Null()], { description: "every whole answer, right or wrong" }),
  targetCpu: Type.Union([Type.Number(), Type.Null()], { description: "cores, mean over the step" }),
  targetRssMiB: Type.Union([Type.Number(), Type.Null()], { description: "median over the step" }),
});
export type StepFigures = Static<typeof StepFigures>;

/** One second of a run: a line of intervals.ndjson. Counts are totals since the start; latencies are of this second alone. */
export interface Interval {
  atMs: number;
  phase: string;
  connections: { open: number; connecting: number; closing: number; backoff: number } & Omit<ConnectionCounts, "peak">;
  pushes: PushCounts | null;
  latencyMs: LatencyMs;
  /** The distribution of this second's pushes and requests over `histogramBoundsSeconds`; absent where there were none. */
  buckets?: { push?: BucketCounts; request?: BucketCounts };
  usage: {
    target: { rssMiB: number; pssMiB?: number; cpu: number; fds: number; threads: number } | null;
    generator: { rssMiB: number; cpu: number; fds: number; loopDelayMs: number };
  };
  unstampedReads: number;
  sharedStamps: number;
  bytesReceived: number;
  requests?: { sent: number; ok: number; failed: number; byCause: Record<string, number>; byStatusClass: Record<string, number> };
}

export type Verdict = "pass" | "fail" | "invalid";

/** What the generator says of itself. */
export interface Trust {
  shards: number;
  /** Shard processes that died, replaced or not. */
  shardsDied?: number;
  unstampedReads: number;
  sharedStamps: number;
  reads: number;
  /** Longest time that a shard was away from its sockets, milliseconds: over ramp, hold and drain; and over hold and drain alone. */
  loopDelayMaxMs: number;
  loopDelayHeldMs?: number;
  clockJumps: number;
  gapP99Ms: number | null;
}

/** The report, while a run goes on (`state: "running"`) and after. Kinds add their own blocks (see {@link ReportExtras}). */
export interface Report {
  schema: 1;
  run: string;
  kind: string;
  state: "running" | "finished" | "interrupted";
  /** `path`: what connections asked for, the values of a foreign target's query left out; not in runs whose requests have paths of their own. */
  target: { name: string; version: string; settings: Record<string, unknown>; url: string; path?: string; replicas: number };
  host: { name: string; os: string; kernel: string; cpu: string; cores: number; memoryMiB: number; node: string; holdfast: string; sharedWithTarget: boolean };
  engine: "kernel" | "portable";
  clock: "kernel" | "read";
  protocol: string;
  /** Null until the run is finished, and for ever when it was interrupted. */
  verdict: Verdict | null;
  reasons: Reason[];
  notes: Reason[];
  limits: LimitResult[];
  connections: ConnectionCounts;
  /** Absent for kinds without connections, and in reports of older versions. */
  messages?: MessageCounts;
  pushes: PushCounts | null;
  latencyMs: LatencyMs;
  usage: { target: Usage | null; generator: Usage & { bytesPerConnection: number | null } };
  /** `holdNs`: the hold on this host's CLOCK_MONOTONIC, to hold a target's own account against. */
  timing: {
    startedAt: string;
    rampMs: number;
    heldMs: number;
    endedAt: string | null;
    phases: { phase: string; atMs: number }[];
    holdNs?: { fromNs: number; toNs: number };
  };
  trust: Trust;
  /** Latency distribution of the whole run for plotting: points of increasing `ms` with the share of samples at or below. */
  distribution?: { push?: { ms: number; share: number }[]; request?: { ms: number; share: number }[] };
  /** API runs: the measured requests, the right answers per second (the best step's, in a sweep), and each step. */
  requests?: RequestCounts;
  qps?: number | null;
  steps?: StepFigures[];
  events?: { written: number; leftOut: number };
  storm?: StormReport;
  slowReaders?: SlowReadersReport;
  regularity?: RegularityReport;
  /** Kind pipeline: the log that was parsed, each variant's figures, and what the target costs to have. */
  log?: LogFacts;
  generation?: Generation;
  variants?: VariantResult[];
  footprint?: Footprint;
  /** With `profile: true`: where the target spent its time. */
  profiles?: ProfileBlock[];
  scenario: unknown;
  [extra: string]: unknown;
}
