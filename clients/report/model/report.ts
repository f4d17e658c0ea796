/**
 * The report of one run: the contract of `report.json`, one schema a kind. From the same constants come the types, the
 * API document and the check.
 */
import { type Static, Type } from "#typebox";
import { causeList } from "../../measure/cause.ts";
import type { CounterDelta } from "../../measure/host/kernel-counters.ts";
import { latencyList } from "../../measure/latency.ts";
import type { ScenarioKind } from "../../scenario/schema.ts";
import { CapacityBlock } from "./schema/capacity-block.ts";
import { AdviceResult, CompareSummary } from "./schema/compare-block.ts";
import { connectionBlocks } from "./schema/connection-blocks.ts";
import { ConversationBlock, GroupReport } from "./schema/conversation-types.ts";
import { count, figure, figureOrNull, oneOf, orNull, text } from "./schema/field.ts";
import { MqttReport } from "./schema/mqtt-block.ts";
import { Footprint, Generation, LogFacts, VariantResult } from "./schema/pipeline-block.ts";
import { ProfileBlock } from "./schema/profile-block.ts";
import { Quantiles } from "./schema/quantiles-field.ts";
import { RequestCounts, StepFigures } from "./schema/request-block.ts";
import { SoakBlock } from "./schema/soak-block.ts";
import { StreamCounts } from "./schema/streams-block.ts";
import { TlsReport } from "./schema/tls-block.ts";

const quantilesByLatency = Object.fromEntries(
  latencyList.map((name) => [name, Type.Optional(orNull(Quantiles, "not measured"))]),
);
/** Absent keys and null both mean: not measured. Never zero for "not measured". */
export const LatencyMs = Type.Unsafe<Partial<Record<(typeof latencyList)[number], Quantiles | null>>>(
  Type.Object(quantilesByLatency),
);
export type LatencyMs = Static<typeof LatencyMs>;

/** `planned = opened + refused + notAttempted`, exactly. */
export const ConnectionCounts = Type.Object({
  planned: count("connections in the scenario's plan"),
  attempted: count("connects started for planned connections, reconnects not included"),
  opened: count("planned connections that completed their handshake"),
  refused: count("planned connections that did not open, by any cause"),
  notAttempted: count("planned connections never started (the run was stopped, or a shard died first)"),
  peak: count("most connections open at once"),
  closedByPlan: count("open connections closed by the generator (causes planned and interrupted)"),
  closedUnexpectedly: count("open connections not closed by the generator"),
  byCause: Type.Unsafe<Partial<Record<(typeof causeList)[number], number>>>(
    Type.Object(Object.fromEntries(causeList.map((cause) => [cause, Type.Optional(Type.Integer())])), {
      description: "closes and refusals, by cause",
    }),
  ),
  byCode: Type.Record(Type.String(), Type.Integer(), {
    description: "CAUSE:CODE for causes that carry a code: close-frame:1012, upgrade-rejected:503",
  }),
  closeReasons: Type.Optional(
    Type.Array(
      Type.Object({ code: text("close code"), reason: text("as given by the peer"), count: count("connections") }),
      {
        description: "reasons given in close frames, the most frequent first; at most 10",
      },
    ),
  ),
  reconnects: Type.Object({
    attempted: count("further connects"),
    opened: count("opened again"),
    refused: count("did not open again"),
  }),
});
export type ConnectionCounts = Static<typeof ConnectionCounts>;

/** Everything that came over open connections, whether or not it carried a stamp. */
export const MessageCounts = Type.Object({
  received: count("messages received on open connections; for an API run, answers"),
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
  corrupted: count("messages with a wrong check field; their pushes count as lost"),
  numberedBy: Type.Optional(
    text(
      "push.sequence, if the service's own numbers determine what was due: from the first number received to the highest; late is counted if messages carry a timestamp",
    ),
  ),
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
  text: Type.String({ description: "what was expected, what was measured, what to do" }),
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

export const verdicts = ["pass", "fail", "invalid"] as const;
export type Verdict = (typeof verdicts)[number];

const Trust = Type.Object(
  {
    shards: count("shard processes"),
    shardsDied: Type.Optional(count("of them, replaced or not")),
    unstampedReads: count("reads without a kernel stamp"),
    sharedStamps: count("pushes that share a stamp with another"),
    reads: count("of the generator"),
    loopDelayMaxMs: figure("longest time that a shard did not read its sockets, over ramp, hold and drain"),
    loopDelayHeldMs: Type.Optional(figure("the same, over hold and drain only")),
    clockJumps: count("of the host's clock against its monotonic one"),
    gapP99Ms: figureOrNull("generator gap"),
    starvedShare: Type.Optional(
      figureOrNull(
        "share of the hold's seconds in which the machine was saturated and processes other than target and generator used a quarter of it or more; null: too few seconds, or the target was not monitored",
      ),
    ),
  },
  { description: "the generator's own health" },
);
export type Trust = Static<typeof Trust>;

const points = Type.Optional(Type.Array(Type.Object({ ms: Type.Number(), share: Type.Number() })));

/** What a report of every kind has; kinds without connections carry zeros there. */
const everyReport = {
  schema: Type.Literal(1),
  run: Type.String(),
  state: oneOf(["running", "finished", "interrupted"], "a report is updated during the run"),
  target: Type.Object({
    name: Type.String(),
    version: Type.String(),
    settings: Type.Record(Type.String(), Type.Unknown()),
    url: Type.String(),
    path: Type.Optional(
      text(
        "path and query that connections requested, without the values of a URL target's query; absent in runs whose requests have their own paths",
      ),
    ),
    proxy: Type.Optional(text("the proxy used, without user and password")),
    replicas: Type.Integer(),
    processes: Type.Optional(
      Type.Array(Type.String(), { description: "names that the owner gave the processes a keeper monitors" }),
    ),
  }),
  host: Type.Object({
    name: Type.String(),
    os: Type.String(),
    kernel: Type.String(),
    cpu: Type.String(),
    cores: Type.Integer(),
    memoryMiB: Type.Number(),
    node: Type.String(),
    holdfast: Type.String(),
    sharedWithTarget: Type.Boolean(),
  }),
  engine: oneOf(["kernel", "portable"], "how sockets are read"),
  clock: oneOf(["kernel", "read"], "which timestamps latencies end at"),
  protocol: Type.String(),
  verdict: orNull(
    oneOf(verdicts, "invalid: the generator or its host cannot be trusted"),
    "until the run is finished, and permanently if it was interrupted",
  ),
  reasons: Type.Array(Reason),
  notes: Type.Array(Reason),
  limits: Type.Array(LimitResult),
  connections: ConnectionCounts,
  messages: Type.Optional(MessageCounts),
  pushes: orNull(PushCounts, "the target's pushes carry no timestamp"),
  latencyMs: LatencyMs,
  usage: Type.Object({
    target: orNull(Usage, "its process was not monitored"),
    generator: Type.Object({ ...Usage.properties, bytesPerConnection: figureOrNull("marginal memory") }),
  }),
  timing: Type.Object({
    startedAt: Type.String(),
    rampMs: Type.Number(),
    heldMs: Type.Number(),
    endedAt: orNull(Type.String()),
    phases: Type.Array(
      Type.Object({
        phase: Type.String(),
        atMs: Type.Number(),
        stage: Type.Optional(count("from 1; only with stages")),
      }),
    ),
    holdNs: Type.Optional(
      Type.Object(
        { fromNs: Type.Number(), toNs: Type.Number() },
        { description: "the hold on this host's CLOCK_MONOTONIC" },
      ),
    ),
  }),
  trust: Trust,
  distribution: Type.Optional(
    Type.Object(
      { push: points, request: points, firstEvent: points },
      { description: "for plotting: points of increasing ms with the share at or below" },
    ),
  ),
  events: Type.Optional(Type.Object({ written: Type.Integer(), leftOut: Type.Integer() })),
  profiles: Type.Optional(Type.Array(ProfileBlock, { description: "with `profile: true`" })),
  scenario: Type.Unknown({ description: "as it was run, without header values and credentials" }),
};

const KernelCounter = Type.Object({
  counter: Type.Unsafe<CounterDelta["counter"]>(Type.String()),
  delta: Type.Number(),
  owner: Type.Unsafe<CounterDelta["owner"]>(Type.String()),
  text: Type.String(),
});
/** Of a run with connections; the others carry zeros in `connections`, and none of these. */
const held = {
  kernel: Type.Optional(Type.Array(KernelCounter, { description: "network counters of the host that increased" })),
  clockError: Type.Optional(Type.Object({ boundMs: Type.Number() }, { description: "of a target on another machine" })),
  ...connectionBlocks,
  groups: Type.Optional(Type.Array(GroupReport)),
  conversation: Type.Optional(ConversationBlock),
  mqtt: Type.Optional(MqttReport),
  tls: Type.Optional(TlsReport),
  compression: Type.Optional(
    Type.Record(Type.String(), Type.Integer(), {
      description: 'upgrades by negotiated permessage-deflate, parameters included; "none": not compressed',
    }),
  ),
};
const asked = {
  requests: RequestCounts,
  qps: figureOrNull("correct answers per second; in a sweep, of the best step"),
  steps: Type.Array(StepFigures),
};
const streamed = { streams: StreamCounts };
const searched = { capacity: CapacityBlock };
const soaked = { soak: SoakBlock };
const parsed = {
  log: Type.Optional(LogFacts),
  generation: Type.Optional(Generation),
  variants: Type.Array(VariantResult),
  footprint: Type.Optional(Footprint),
};
const compared = {
  runs: Type.Array(Type.Unsafe<Report>({ type: "object", description: "a report of any other kind" })),
  summary: CompareSummary,
  advice: Type.Array(AdviceResult),
};

/**
 * One schema a kind: what the type is derived from, what the API document shows, and what a report is checked against.
 */
export const reportSchemas = {
  connections: Type.Object({ kind: Type.Literal("connections"), ...everyReport, ...held }),
  capacity: Type.Object({ kind: Type.Literal("capacity"), ...everyReport, ...held, ...searched }),
  soak: Type.Object({ kind: Type.Literal("soak"), ...everyReport, ...held, ...soaked }),
  api: Type.Object({ kind: Type.Literal("api"), ...everyReport, ...held, ...asked }),
  streams: Type.Object({ kind: Type.Literal("streams"), ...everyReport, ...held, ...streamed }),
  pipeline: Type.Object({ kind: Type.Literal("pipeline"), ...everyReport, ...parsed }),
  compare: Type.Object({ kind: Type.Literal("compare"), ...everyReport, ...compared }),
} satisfies Record<ScenarioKind, unknown>;
export type ReportKind = keyof typeof reportSchemas;

/** The report of one kind. */
export type ReportOf<K extends ReportKind> = Static<(typeof reportSchemas)[K]>;

/** A report of any kind, as report.json has it. */
export const ReportSchema = Type.Unsafe<Report>(
  Type.Union(Object.values(reportSchemas), { description: "report.json, by kind" }),
);

const EveryReport = Type.Object(everyReport);
const KindFields = Type.Partial(
  Type.Object({ ...held, ...asked, ...streamed, ...searched, ...soaked, ...parsed, ...compared }),
);

/** A report whose kind is not known yet: what every kind has, and of each kind's own fields those that are there. */
export interface Report extends Static<typeof EveryReport>, Static<typeof KindFields> {
  kind: string;
}
