/** From what a run counted to its report. Pure: called once a second while the run goes on, and once at its end. */
import { causeList } from "../../measure/cause.ts";
import type { Tally } from "../../measure/tally.ts";
import { type Limit, limitsInForce, parseLimit } from "../../scenario/limit.ts";
import { redact } from "../../scenario/redaction.ts";
import { isStampNamed } from "../../scenario/stamp-location.ts";
import { printable } from "./format.ts";
import { distributionOf, latencyFigures } from "./quantiles.ts";
import type { ConnectionCounts, PushCounts, Reason, Report, Usage } from "./report.ts";
import type { StoppedEarly } from "./schema/connection-blocks.ts";
import { compressionBlock, tlsBlock } from "./schema/tls-block.ts";
import { clockDoubt } from "./verdict/clock-doubt.ts";
import type { Measured } from "./verdict/measured.ts";
import { judgeSoFar } from "./verdict/verdict.ts";

/** Everything a report is made of. */
export interface Measurement {
  run: string;
  kind: string;
  state: Report["state"];
  target: Report["target"];
  host: Report["host"];
  engine: Report["engine"];
  /** The target is a socket file of this machine, whose bytes no kernel stamps. */
  isThroughFile?: boolean;
  protocol: string;
  scenario: { limits?: string[] | undefined; push?: { stamp: string; sequence?: string | undefined } | undefined };
  tally: Tally;
  peak: number;
  /** The target keeps the push contract, or a push that carries our stamp has come. */
  isStamped: boolean;
  usage: { target: Usage | null; generator: Usage; bytesPerConnection: number | null };
  timing: Report["timing"];
  shards: number;
  shardsDied: number;
  /** Processes of the target that ended by themselves. */
  replicasEnded: number;
  /** What ended the run before its plan did. */
  stoppedEarly?: StoppedEarly;
  notes: Reason[];
  /** Limits in force unless the scenario limits the same figures; those of long connections when left out. */
  defaultLimits?: readonly Limit[];
  /** What another kind adds: blocks of the report, and figures limits may name. */
  blocks?: Partial<Report>;
  figures?: Record<string, number | null>;
  remarks?: Reason[];
  /** What the kind planned and did not apply: reasons why the run says nothing. */
  unapplied?: Reason[];
}

/** Reasons told in a report. */
const mostReasons = 10;

function closeReasons(tally: Tally): Pick<ConnectionCounts, "closeReasons"> {
  const told = Object.entries(tally.partsOf("reason"));
  if (told.length === 0) return {};
  const reasons = told.map(([name, count]) => {
    const [code = "", ...words] = name.split(":");
    return { code, reason: printable(words.join(":")), count };
  });
  return { closeReasons: reasons.sort((a, b) => b.count - a.count).slice(0, mostReasons) };
}

export function connectionCounts(tally: Tally, peak: number): ConnectionCounts {
  const { counts } = tally;
  return {
    planned: counts.planned,
    attempted: counts.attempted,
    opened: counts.opened,
    refused: counts.refused,
    notAttempted: counts.planned - counts.opened - counts.refused,
    peak,
    closedByPlan: counts.closedByPlan,
    closedUnexpectedly: counts.closedUnexpectedly,
    byCause: Object.fromEntries(
      causeList.flatMap((cause) => (tally.causes[cause] ? [[cause, tally.causes[cause]]] : [])),
    ),
    byCode: { ...tally.codes },
    ...closeReasons(tally),
    reconnects: {
      attempted: counts.reconnectsAttempted,
      opened: counts.reconnectsOpened,
      refused: counts.reconnectsRefused,
    },
  };
}

/** Null for a target that carries no stamp: not measured is never zero. */
export function pushCounts(tally: Tally, isStamped: boolean, numberedBy?: string): PushCounts | null {
  if (!isStamped) return null;
  const { received, late, lost, duplicated, outOfOrder, corrupted } = tally.counts;
  return {
    due: received + lost,
    received,
    late,
    lost,
    duplicated,
    outOfOrder,
    corrupted,
    ...(numberedBy === undefined ? {} : { numberedBy }),
  };
}

export function buildReport(measurement: Measurement): Report {
  const { tally, scenario, usage, engine } = measurement;
  const connections = connectionCounts(tally, measurement.peak);
  const pushes = pushCounts(tally, measurement.isStamped, scenario.push?.sequence);
  const latencyMs = latencyFigures(tally.histograms);
  const clock = engine === "kernel" && !measurement.isThroughFile ? "kernel" : "read";
  const trust = trustOf(measurement, latencyMs);
  const fullUsage = {
    target: usage.target,
    generator: { ...usage.generator, bytesPerConnection: usage.bytesPerConnection },
  };
  const own = new Set((scenario.limits ?? []).map((text) => parseLimit(text).figure));
  // Slow readers are there to be dropped, and a storm by the target was asked for: both are reported by cause and
  // excluded from the limits.
  const excusedCloses = tally.counts.slowClosed + tally.counts.stormClosed;
  const { timing, replicasEnded, unapplied = [], stoppedEarly } = measurement;
  const measured = {
    clock,
    connections,
    pushes,
    latencyMs,
    usage: fullUsage,
    trust,
    target: measurement.target,
    timing,
    clockFaults: { foreignPushes: tally.counts.foreignPushes, missedStarts: tally.counts.missedStarts },
    extra: measurement.figures ?? {},
    excusedCloses,
    replicasEnded,
    unapplied,
    stamp: namedStamp(measurement),
    sequence: namedSequence(measurement),
    stoppedEarly,
  } as const;
  const { verdict, reasons, limits } = judgeSoFar(
    measurement.state,
    measured,
    limitsInForce(scenario.limits ?? [], measurement.defaultLimits),
    own,
  );
  const doubt = reasons.some(({ code }) => code === "clock-doubt") ? null : clockDoubt(measured);
  const push = distributionOf(tally.histograms.push);
  return {
    schema: 1,
    run: measurement.run,
    kind: measurement.kind,
    state: measurement.state,
    target: measurement.target,
    host: measurement.host,
    engine,
    clock,
    protocol: measurement.protocol,
    verdict,
    reasons,
    notes: [
      ...measurement.notes,
      ...pushNotes(measurement, pushes),
      ...(doubt === null ? [] : [doubt]),
      ...(measurement.remarks ?? []),
    ],
    limits,
    connections,
    messages: { received: tally.counts.messages },
    pushes,
    latencyMs,
    usage: fullUsage,
    timing,
    trust,
    ...(stoppedEarly === undefined ? {} : { stoppedEarly }),
    ...(push.length > 0 ? { distribution: { push } } : {}),
    ...tlsBlock(tally),
    ...compressionBlock(tally),
    ...measurement.blocks,
    scenario: redact(scenario),
  };
}

/** What the generator says of itself. */
function trustOf({ tally, shards, shardsDied }: Measurement, latencyMs: Report["latencyMs"]): Report["trust"] {
  const { reads, unstampedReads, sharedStamps, clockJumps } = tally.counts;
  return {
    shards,
    unstampedReads,
    sharedStamps,
    reads,
    shardsDied,
    loopDelayMaxMs: Math.max(tally.awayMs.ramp, tally.awayMs.held),
    loopDelayHeldMs: tally.awayMs.held,
    clockJumps,
    gapP99Ms: latencyMs.generatorGap?.p99 ?? null,
  };
}

/** What became of a stamp whose place the scenario names; undefined when it names none. */
function namedStamp({ scenario, tally }: Measurement): Measured["stamp"] {
  const named = scenario.push?.stamp;
  if (named === undefined || !isStampNamed(named)) return undefined;
  const { messages, received, slowReceived, stampedPushes, foreignPushes, corrupted, duplicated, beforeDue } =
    tally.counts;
  return {
    named,
    messages,
    carried: received + slowReceived + stampedPushes + foreignPushes + corrupted + duplicated + beforeDue,
    seen: tally.unreadable,
  };
}

/** The same of the number of a service that numbers its messages. */
function namedSequence({ scenario, tally }: Measurement): Measured["sequence"] {
  const named = scenario.push?.sequence;
  return named === undefined
    ? undefined
    : { named, messages: tally.counts.messages, carried: tally.counts.numbered, seen: tally.unnumbered };
}

/** What a reader should know of pushes that were counted by the service's own numbers. */
function numberNotes({ counts }: Tally): Reason[] {
  if (counts.renumbered === 0) return [];
  const text = `the service began to number anew ${counts.renumbered} times while a connection was open: what it sent between the last number and the first new one is not known`;
  return [{ code: "numbered-anew", text }];
}

/** What a reader should know about the pushes that no limit says. */
function pushNotes({ tally, isStamped, state, scenario }: Measurement, pushes: PushCounts | null): Reason[] {
  if (state === "running" || tally.requests !== null) return [];
  const { unstampedPushes, stampedPushes } = tally.counts;
  if (scenario.push?.sequence !== undefined && stampedPushes === 0) return numberNotes(tally);
  // What a conversation took for its own wants no stamp.
  const messages = tally.conversation === null ? tally.counts.messages : unstampedPushes;
  if (stampedPushes > 0 && unstampedPushes > 0) {
    const text = `${unstampedPushes} of ${messages} messages had no stamp where the scenario says it is, and are in no latency; the first was ${tally.unreadable}`;
    return [{ code: "some-unstamped", text }];
  }
  if (!isStamped && messages > 0 && stampedPushes === 0) {
    return [
      {
        code: "not-stamped",
        text: `${messages} messages came without a stamp: one-way latency was not measured; --ping measures round trips, --push-stamp names where yours is`,
      },
    ];
  }
  if (pushes !== null && pushes.due === 0)
    return [
      { code: "no-push-due", text: "no push was due while connections were open: hold longer than the push interval" },
    ];
  if (isStamped && unstampedPushes > 0)
    return [
      {
        code: "some-unstamped",
        text: `${unstampedPushes} messages beside the pushes carried no stamp and are in no figure`,
      },
    ];
  return [];
}
