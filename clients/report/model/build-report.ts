/** From what a run counted to its report. Pure: called once a second while the run goes on, and once at its end. */
import { causeList } from "../../measure/cause.ts";
import type { Tally } from "../../measure/tally.ts";
import { type Limit, limitsInForce, parseLimit } from "../../scenario/limit.ts";
import { redact } from "../../scenario/redaction.ts";
import { distributionOf, latencyFigures } from "./quantiles.ts";
import type { ConnectionCounts, PushCounts, Reason, Report, Usage } from "./report.ts";
import { judge } from "./verdict.ts";

/** Everything a report is made of. */
export interface Measurement {
  run: string;
  kind: string;
  state: Report["state"];
  target: Report["target"];
  host: Report["host"];
  engine: Report["engine"];
  protocol: string;
  scenario: { limits?: string[] | undefined };
  tally: Tally;
  peak: number;
  /** The target keeps the push contract, or a push that carries our stamp has come. */
  isStamped: boolean;
  usage: { target: Usage | null; generator: Usage; bytesPerConnection: number | null };
  timing: Report["timing"];
  shards: number;
  loopDelayMaxMs: number;
  notes: Reason[];
  /** Limits in force unless the scenario limits the same figures; those of long connections when left out. */
  defaultLimits?: readonly Limit[];
  /** What another kind adds: blocks of the report, and figures limits may name. */
  blocks?: Partial<Report>;
  figures?: Record<string, number | null>;
  remarks?: Reason[];
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
    byCause: Object.fromEntries(causeList.flatMap((cause) => (tally.causes[cause] ? [[cause, tally.causes[cause]]] : []))),
    byCode: { ...tally.codes },
    reconnects: { attempted: counts.reconnectsAttempted, opened: counts.reconnectsOpened, refused: counts.reconnectsRefused },
  };
}

/** Null for a target that carries no stamp: not measured is never zero. */
export function pushCounts(tally: Tally, isStamped: boolean): PushCounts | null {
  if (!isStamped) return null;
  const { received, late, lost, duplicated, outOfOrder, corrupted } = tally.counts;
  return { due: received + lost, received, late, lost, duplicated, outOfOrder, corrupted };
}

export function buildReport(measurement: Measurement): Report {
  const { tally, scenario, usage, engine } = measurement;
  const connections = connectionCounts(tally, measurement.peak);
  const pushes = pushCounts(tally, measurement.isStamped);
  const latencyMs = latencyFigures(tally.histograms);
  const clock = engine === "kernel" ? "kernel" : "read";
  const { reads, unstampedReads, sharedStamps, clockJumps, foreignPushes, missedStarts } = tally.counts;
  const trust: Report["trust"] = {
    shards: measurement.shards,
    unstampedReads,
    sharedStamps,
    reads,
    loopDelayMaxMs: measurement.loopDelayMaxMs,
    clockJumps,
    gapP99Ms: latencyMs.generatorGap?.p99 ?? null,
  };
  const fullUsage = { target: usage.target, generator: { ...usage.generator, bytesPerConnection: usage.bytesPerConnection } };
  const own = new Set((scenario.limits ?? []).map((text) => parseLimit(text).figure));
  const clockFaults = { foreignPushes, missedStarts };
  const extra = measurement.figures ?? {};
  // Slow readers are there to be dropped, and a storm the scenario lays to the target is no surprise: told by cause, held against nobody.
  const excusedCloses = tally.counts.slowClosed + tally.counts.stormClosed;
  const measured = { clock, connections, pushes, latencyMs, usage: fullUsage, trust, target: measurement.target, clockFaults, extra, excusedCloses } as const;
  const isOver = measurement.state !== "running";
  const { verdict, reasons, limits } = judge(measured, limitsInForce(scenario.limits ?? [], measurement.defaultLimits), own);
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
    verdict: isOver ? verdict : null,
    reasons: isOver ? reasons : [],
    notes: [...measurement.notes, ...pushNotes(measurement, pushes), ...(measurement.remarks ?? [])],
    limits,
    connections,
    pushes,
    latencyMs,
    usage: fullUsage,
    timing: measurement.timing,
    trust,
    ...(push.length > 0 ? { distribution: { push } } : {}),
    ...measurement.blocks,
    scenario: redact(scenario),
  };
}

/** What a reader should know about the pushes that no limit says. */
function pushNotes({ tally, isStamped, state }: Measurement, pushes: PushCounts | null): Reason[] {
  if (state === "running" || tally.requests !== null) return [];
  const { unstampedPushes, stampedPushes, messages } = tally.counts;
  if (!isStamped && messages > 0 && stampedPushes === 0) {
    return [
      {
        code: "not-stamped",
        text: `${messages} messages came without a stamp: one-way latency was not measured; --ping measures round trips, --stamp names where yours is`,
      },
    ];
  }
  if (pushes !== null && pushes.due === 0)
    return [{ code: "no-push-due", text: "no push was due while connections were open: hold longer than the push interval" }];
  if (isStamped && unstampedPushes > 0)
    return [{ code: "some-unstamped", text: `${unstampedPushes} messages beside the pushes carried no stamp and are in no figure` }];
  return [];
}
