/** Invented runs for tests of the exposition: plausible and deterministic in time. */

import { Histogram } from "../../measure/histogram/histogram.ts";
import type { Phase } from "../../measure/phase.ts";
import { RequestTally } from "../../measure/request-tally.ts";
import { Tally } from "../../measure/tally.ts";
import type { Quantiles } from "../../report/model/schema/quantiles-field.ts";
import type { ExposedRun, ExposedShard } from "../exposed-run.ts";

export interface SampleRunOptions {
  run?: string;
  kind?: string;
  target?: string;
  runtime?: string;
  /** Unix time at which the run's ramp begins, milliseconds. */
  startedAtMs?: number;
  connections?: number;
  shards?: number;
  /** Scales latencies and the target's resource usage; 1 is a fast target. */
  slowness?: number;
  /** Seconds after the start at which the process of shard 0 dies; its connections are lost. */
  shardDiesAt?: number;
  /** Seconds after the start from which one push in ten is lost and the others take ten times as long. */
  pushesSufferFrom?: number;
  /** Seconds after the start at which the run ends. */
  endsAt?: number;
}

const rampSeconds = 3;
const prepareMs = 1000;

/** The run `elapsedSeconds` after its start; every connection receives one push per second. */
export function sampleRun(elapsedSeconds: number, options: SampleRunOptions = {}): ExposedRun {
  const {
    startedAtMs = 1_790_000_000_000,
    connections = 1000,
    shards = 2,
    endsAt = Number.POSITIVE_INFINITY,
  } = options;
  const { kind = "connections", target = "go", runtime = "go1.24" } = options;
  const atSeconds = Math.min(elapsedSeconds, endsAt);
  const tally = sampleTally(atSeconds, elapsedSeconds >= endsAt, options);
  const isOver = elapsedSeconds >= endsAt;
  const starts: { phase: Phase; startedAtMs: number }[] = [
    { phase: "prepare" as const, startedAtMs: startedAtMs - prepareMs },
    { phase: "ramp" as const, startedAtMs },
    { phase: "hold" as const, startedAtMs: startedAtMs + rampSeconds * 1000 },
    { phase: "done" as const, startedAtMs: startedAtMs + endsAt * 1000 },
  ].filter((start) => start.startedAtMs <= startedAtMs + elapsedSeconds * 1000);
  const last = latenciesUs(atSeconds, options).map((us) => us / 1000);
  const quantiles: Quantiles = {
    count: 1000,
    p50: last[0]!,
    p90: last[1]!,
    p99: last[2]!,
    p999: last[3]!,
    max: last[3]!,
  };
  return {
    run: options.run ?? "run-1",
    kind,
    target,
    runtime,
    protocol: "websocket",
    engine: "kernel",
    clock: "kernel",
    version: "0.1.0",
    phase: starts.at(-1)?.phase ?? "prepare",
    phases: starts,
    limits: [
      { limit: "pushLatencyMs.p99", ok: quantiles.p99 <= 100 },
      { limit: "unexpectedCloseRatio", ok: tally.counts.closedUnexpectedly === 0 },
    ],
    verdict: isOver ? "pass" : null,
    ...(kind === "connections"
      ? { conversation: sampleConversation(atSeconds), conversationTimes: sampleTimes(atSeconds, options) }
      : {}),
    planned: connections,
    tally,
    measuresPushes: true,
    shards: Array.from({ length: shards }, (_, shard) => sampleShard(shard, atSeconds, options)),
    targetUsage: [
      {
        replica: 0,
        rssMiB: 20 + (tally.counts.open * slownessOf(options)) / 100,
        cpuSeconds: atSeconds * 0.2 * slownessOf(options),
        fds: tally.counts.open + 9,
        threads: 8,
      },
    ],
    quantiles: { last: quantiles, run: quantiles },
    requests: sampleRequests(atSeconds, tally, options),
    variants: sampleVariants(atSeconds, options),
    bounds: { lower: 800, upper: 1200, unit: "connections" },
    endedAtMs: isOver ? startedAtMs + endsAt * 1000 : null,
  };
}

const slownessOf = ({ slowness = 1 }: SampleRunOptions): number => slowness;

const suffers = (second: number, { pushesSufferFrom = Number.POSITIVE_INFINITY }: SampleRunOptions): boolean =>
  second >= pushesSufferFrom;

/** Latencies of one second, microseconds, with the shares in {@link latencyShares}. */
function latenciesUs(second: number, options: SampleRunOptions): number[] {
  const factor = slownessOf(options) * (suffers(second, options) ? 10 : 1);
  return [2100, 6400, 17_950, 31_000].map((us) => us * factor);
}
const latencyShares = [0.5, 0.4, 0.09, 0.01];

function sampleTally(atSeconds: number, isOver: boolean, options: SampleRunOptions): Tally {
  const { connections = 1000, shards = 2, shardDiesAt = Number.POSITIVE_INFINITY } = options;
  const tally = new Tally();
  if (options.kind === "api") tally.requests = new RequestTally(1);
  const { counts } = tally;
  const opened = Math.floor(connections * Math.min(1, atSeconds / rampSeconds));
  const lost = atSeconds >= shardDiesAt ? Math.floor(opened / shards) : 0;
  Object.assign(counts, { planned: connections, attempted: opened, opened, open: isOver ? 0 : opened - lost });
  tally.agreed["tls-version:TLSv1.3"] = opened;
  tally.agreed["tls-handshake:full"] = opened;
  Object.assign(counts, { publishesDue: opened, publishesSent: opened, publishesAcknowledged: opened });
  tally.histogram("publishAck").recordUs(700, opened);
  if (lost > 0) tally.causes["generator-died"] = lost;
  if (isOver) tally.causes.planned = opened - lost;
  counts.closedUnexpectedly = lost;
  counts.closedByPlan = isOver ? opened - lost : 0;
  for (const name of ["connectTcp", "connectTls", "connectUpgrade", "connect"] as const)
    tally.histogram(name).recordUs(name === "connectTcp" ? 180 : 900, opened);
  for (let second = 0; second < atSeconds; second++) {
    const open = Math.floor(connections * Math.min(1, second / rampSeconds)) - (second >= shardDiesAt ? lost : 0);
    const lostPushes = suffers(second, options) ? Math.floor(open / 10) : 0;
    counts.lost += lostPushes;
    recordPushes(tally, open - lostPushes, latenciesUs(second, options));
  }
  counts.bytes = counts.received * 104;
  counts.reads = counts.received;
  return tally;
}

function recordPushes(tally: Tally, received: number, us: readonly number[]): void {
  tally.counts.received += received;
  us.forEach((latencyUs, i) => {
    const times = Math.round(received * latencyShares[i]!);
    tally.histogram("push").recordUs(latencyUs, times);
    tally.histogram("delivery").recordUs(latencyUs * 0.4, times);
    tally.histogram("tickLag").recordUs(latencyUs * 0.6, times);
    tally.histogram("generatorGap").recordUs(60, times);
    tally.histogram("ping").recordUs(latencyUs / 4, times);
    tally.histogram("slowPush").recordUs(latencyUs * 3, times);
    if (tally.requests === null) return;
    tally.counts.streamEvents += times * 2;
    tally.counts.streamTokens += times * 3;
    tally.histogram("firstByte").recordUs(latencyUs / 2, times);
    tally.histogram("firstEvent").recordUs(latencyUs, times);
    tally.histogram("eventGap").recordUs(latencyUs / 2, times);
    tally.requests.steps[1]?.latency.recordUs(latencyUs, times);
  });
}

function sampleTimes(atSeconds: number, options: SampleRunOptions): NonNullable<ExposedRun["conversationTimes"]> {
  const [roundTrip, delivery] = [new Histogram(), new Histogram()];
  for (let second = 0; second < atSeconds; second++) {
    for (const us of latenciesUs(second, options)) {
      roundTrip.recordUs(us / 2, 10);
      delivery.recordUs(us, 50);
    }
  }
  return { roundTrips: new Map([["beat", roundTrip]]), deliveries: new Map([["speakers", delivery]]) };
}

/** One heartbeat per connection, and ten publishers. */
function sampleConversation(atSeconds: number): NonNullable<ExposedRun["conversation"]> {
  const [beats, said] = [Math.floor(atSeconds * 40), Math.floor(atSeconds * 2)];
  const noTimes = { latencyMs: null, sendLagMs: null };
  const beat = {
    name: "beat",
    due: beats,
    sent: beats,
    answered: beats,
    late: 0,
    lost: 0,
    unsent: 0,
    duplicated: 0,
    ...noTimes,
  };
  const counts = {
    sent: said,
    unsent: 0,
    due: said * 99,
    received: said * 99,
    late: 0,
    lost: 0,
    duplicated: 0,
    outOfOrder: 0,
    misdelivered: 0,
  };
  const published = { group: "speakers", reaches: "all", ...counts, lastReceiverMs: null, ...noTimes };
  return { openingFailures: [], replies: 0, beats: [beat], requests: [], published: [published] };
}

function sampleShard(shard: number, atSeconds: number, options: SampleRunOptions): ExposedShard {
  const { connections = 1000, shards = 2, shardDiesAt = Number.POSITIVE_INFINITY } = options;
  const isDead = shard === 0 && atSeconds >= shardDiesAt;
  const vitals = {
    rssMiB: 80,
    cpuSeconds: atSeconds * 0.1,
    fds: connections / shards + 20,
    maxFds: 65_536,
    loopDelayMs: 1.5,
  };
  return { shard, vitals: isDead ? null : vitals, unstampedReads: 0, sharedStamps: shard };
}

function sampleRequests(
  atSeconds: number,
  { counts }: Tally,
  { kind = "connections" }: SampleRunOptions,
): ExposedRun["requests"] {
  if (kind !== "api") return null;
  return {
    byStatusClass: { "2xx": counts.received, "5xx": Math.floor(atSeconds) },
    byCause: { timeout: Math.floor(atSeconds) },
    users: 10 * (1 + Math.floor(atSeconds / 5)),
  };
}

function sampleVariants(atSeconds: number, options: SampleRunOptions): ExposedRun["variants"] {
  if (options.kind !== "pipeline") return [];
  const medianMs = 1100 * slownessOf(options);
  return [
    {
      variant: `${options.target ?? "go"} json`,
      lines: Math.floor(atSeconds * 90_000),
      medianMs,
      uniqueUsers: 9_934,
      rssMiB: 40 * slownessOf(options),
    },
  ];
}
