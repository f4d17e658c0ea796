/** The Prometheus page of runs. Scraping reads snapshots and costs the hot path nothing. */

import { phases } from "../measure/phase.ts";
import { requestCauseList, statusClassList } from "../measure/request-cause.ts";
import type { Tally } from "../measure/tally.ts";
import type { Quantiles } from "../report/model/schema/quantiles-field.ts";
import { exposedCauses } from "./exposed-causes.ts";
import type { ExposedRun } from "./exposed-run.ts";
import { ExpositionPage, RunSeries } from "./exposition-page.ts";
import { connectionStates } from "./metric-names.ts";
import { CounterKeepers } from "./monotone-counters.ts";

/** How long an ended run is exposed, milliseconds: enough scrapes for its last values, then its series go stale. */
const shownAfterEndMs = 60_000;

const bytesPerMiB = 1_048_576;
const quantileFields = {
  "0.5": "p50",
  "0.9": "p90",
  "0.99": "p99",
  "0.999": "p999",
  "1": "max",
} as const satisfies Record<string, keyof Quantiles>;

/** Whether a run is still on the page at `nowMs` (Unix time, milliseconds). */
function isShown(run: ExposedRun, nowMs: number): boolean {
  return run.endedAtMs === null || nowMs - run.endedAtMs < shownAfterEndMs;
}

/**
 * The page at `nowMs` (Unix time, milliseconds). Pass the same `keepers` to every call of one server: they keep
 * counters from decreasing between scrapes, and drop runs that are no longer exposed.
 */
export function renderExposition(
  runs: readonly ExposedRun[],
  nowMs: number,
  keepers: CounterKeepers = new CounterKeepers(),
): string {
  const page = new ExpositionPage();
  const shown = runs.filter((run) => isShown(run, nowMs));
  const counters = keepers.keep(shown.map(({ run, target }) => JSON.stringify([run, target])));
  shown.forEach((run, i) => {
    const series = new RunSeries(page, [run.run, run.kind, run.target, run.runtime], counters[i]!);
    writeState(series, run);
    if (run.kind !== "pipeline") writeConnections(series, run);
    if (run.measuresPushes) writePushes(series, run);
    writeRequests(series, run);
    writeConversation(series, run);
    writeMqtt(series, run);
    writePipeline(series, run);
    writeUsage(series, run);
  });
  return page.toString();
}

function writeState(series: RunSeries, run: ExposedRun): void {
  series.gauge("run_info", 1, run.protocol, run.engine, run.clock, run.version);
  for (const phase of phases) series.gauge("run_phase", phase === run.phase ? 1 : 0, phase);
  const starts = new Map(run.phases.map(({ phase, startedAtMs }) => [phase, startedAtMs]));
  for (const [phase, startedAtMs] of starts)
    series.gauge("run_phase_start_timestamp_seconds", startedAtMs / 1000, phase);
  const limits = new Map<string, boolean>();
  for (const { limit, ok } of run.limits) limits.set(limit, ok && (limits.get(limit) ?? true));
  for (const [limit, ok] of limits) series.gauge("run_limit_ok", ok ? 1 : 0, limit);
  if (run.verdict !== null) series.gauge("run_verdict", 1, run.verdict);
  for (const bound of ["lower", "upper"] as const) {
    const { [bound]: load = null, unit = "" } = run.bounds ?? {};
    if (load === null) continue;
    if (unit === "connections") series.gauge("capacity_bound_connections", load, bound);
    else series.gauge("capacity_bound", load, bound, unit);
  }
}

function writeConnections(series: RunSeries, run: ExposedRun): void {
  const { counts, histograms } = run.tally;
  for (const state of connectionStates) series.gauge("connections", counts[state], state);
  series.gauge("connections_planned", run.planned);
  series.counter("connection_attempts_total", counts.attempted + counts.reconnectsAttempted);
  series.counter("connections_opened_total", counts.opened + counts.reconnectsOpened);
  series.counter("reconnects_total", counts.reconnectsOpened);
  const { failures, closes } = exposedCauses(run.tally, run.protocol, (cause, code) => series.admits(cause, code));
  for (const { cause, code, count } of failures) series.counter("connect_failures_total", count, cause, code);
  for (const { cause, code, count } of closes) series.counter("connections_closed_total", count, cause, code);
  series.histogram("connect_duration_seconds", histograms.connectTcp, "tcp");
  if (histograms.connectTls !== undefined) series.histogram("connect_duration_seconds", histograms.connectTls, "tls");
  series.histogram("connect_duration_seconds", histograms.connectUpgrade, "upgrade");
  series.histogram("connect_duration_seconds", histograms.connect, "total");
  for (const [agreed, count] of Object.entries(run.tally.agreed)) {
    const [what = "", ...value] = agreed.split(":");
    series.counter("handshakes_agreed_total", count, what, value.join(":"));
  }
  series.counter("received_bytes_total", counts.bytes);
  series.histogram("generator_gap_seconds", histograms.generatorGap);
  if (histograms.ping !== undefined) series.histogram("ping_round_trip_seconds", histograms.ping);
}

function writePushes(series: RunSeries, run: ExposedRun): void {
  const { counts, histograms }: Tally = run.tally;
  const received = series.counter("pushes_received_total", counts.received);
  const lost = series.counter("pushes_lost_total", counts.lost);
  series.counter("pushes_due_total", received + lost);
  series.counter("pushes_late_total", counts.late);
  series.counter("pushes_duplicated_total", counts.duplicated);
  series.counter("pushes_out_of_order_total", counts.outOfOrder);
  series.counter("pushes_corrupted_total", counts.corrupted);
  series.histogram("push_latency_seconds", histograms.push);
  series.histogram("delivery_seconds", histograms.delivery);
  series.histogram("tick_lag_seconds", histograms.tickLag);
  if (histograms.slowPush !== undefined) series.histogram("slow_push_latency_seconds", histograms.slowPush);
  for (const window of ["last", "run"] as const) {
    const quantiles = run.quantiles[window];
    if (quantiles === null || quantiles.count === 0) continue;
    for (const [quantile, field] of Object.entries(quantileFields))
      series.gauge("push_latency_quantile_seconds", quantiles[field] / 1000, quantile, window);
  }
}

function writeRequests(series: RunSeries, run: ExposedRun): void {
  if (run.requests === null) return;
  const { byStatusClass, byCause, users } = run.requests;
  for (const statusClass of statusClassList)
    series.counter("requests_total", byStatusClass[statusClass] ?? 0, statusClass);
  for (const cause of new Set([...requestCauseList, ...Object.keys(byCause)]))
    series.counter("request_failures_total", byCause[cause] ?? 0, cause);
  series.histogram("request_duration_seconds", run.tally.requests?.sum("all").latency);
  if (users !== null) series.gauge("request_users", users);
  writeStreams(series, run.tally);
}

/** A run whose requests are answered by streams; a stream's total duration is that of its request. */
function writeStreams(series: RunSeries, { counts, histograms }: Tally): void {
  if (histograms.firstByte === undefined) return;
  series.counter("stream_events_total", counts.streamEvents);
  series.counter("stream_tokens_total", counts.streamTokens);
  series.histogram("stream_first_byte_seconds", histograms.firstByte);
  series.histogram("stream_first_event_seconds", histograms.firstEvent);
  series.histogram("stream_event_gap_seconds", histograms.eventGap);
}

function writeConversation(series: RunSeries, { conversation, conversationTimes }: ExposedRun): void {
  for (const [name, histogram] of conversationTimes?.roundTrips ?? [])
    series.histogram("request_round_trip_seconds", histogram, name);
  for (const [group, histogram] of conversationTimes?.deliveries ?? [])
    series.histogram("published_latency_seconds", histogram, group);
  for (const { name, due, answered, late, lost, unsent } of [
    ...(conversation?.beats ?? []),
    ...(conversation?.requests ?? []),
  ]) {
    series.counter("requests_due_total", due, name);
    series.counter("requests_answered_total", answered, name);
    series.counter("requests_late_total", late, name);
    series.counter("requests_lost_total", lost, name);
    series.counter("requests_unsent_total", unsent, name);
  }
  const groups = new Set(conversation?.published.map(({ group }) => group));
  for (const group of groups) {
    const own = conversation?.published.filter((each) => each.group === group) ?? [];
    const sum = (of: (each: (typeof own)[number]) => number): number =>
      own.reduce((total, each) => total + of(each), 0);
    series.counter(
      "published_sent_total",
      sum(({ sent }) => sent),
      group,
    );
    series.counter(
      "published_due_total",
      sum(({ due }) => due),
      group,
    );
    series.counter(
      "published_received_total",
      sum(({ received }) => received),
      group,
    );
    series.counter(
      "published_lost_total",
      sum(({ lost }) => lost),
      group,
    );
    series.counter(
      "published_duplicated_total",
      sum(({ duplicated }) => duplicated),
      group,
    );
  }
}

function writeMqtt(series: RunSeries, { tally: { counts, histograms } }: ExposedRun): void {
  if (counts.publishesDue === 0) return;
  series.counter("mqtt_publishes_total", counts.publishesDue, "due");
  series.counter("mqtt_publishes_total", counts.publishesSent, "sent");
  series.counter("mqtt_publishes_total", counts.publishesUnsent, "unsent");
  series.counter("mqtt_publishes_total", counts.publishesAcknowledged, "acknowledged");
  series.counter("mqtt_publishes_total", counts.publishesRefused, "refused");
  series.counter("mqtt_publishes_total", counts.publishesUnconfirmed, "unconfirmed");
  if (histograms.publishAck !== undefined) series.histogram("mqtt_publish_duration_seconds", histograms.publishAck);
}

function writePipeline(series: RunSeries, run: ExposedRun): void {
  for (const { variant, lines, medianMs, uniqueUsers, rssMiB } of run.variants) {
    series.counter("pipeline_lines_total", lines, variant);
    if (medianMs !== null) series.gauge("pipeline_duration_seconds", medianMs / 1000, variant);
    if (uniqueUsers !== null) series.gauge("pipeline_unique_users", uniqueUsers, variant);
    if (rssMiB !== null) series.gauge("pipeline_resident_memory_bytes", rssMiB * bytesPerMiB, variant);
  }
}

function writeUsage(series: RunSeries, run: ExposedRun): void {
  for (const { replica, rssMiB, cpuSeconds, fds, threads } of run.targetUsage) {
    series.counter("target_cpu_seconds_total", cpuSeconds, `${replica}`);
    if (rssMiB !== null) series.gauge("target_resident_memory_bytes", rssMiB * bytesPerMiB, `${replica}`);
    if (fds !== null) series.gauge("target_open_fds", fds, `${replica}`);
    if (threads !== null) series.gauge("target_threads", threads, `${replica}`);
  }
  for (const { shard, vitals, unstampedReads, sharedStamps } of run.shards) {
    series.counter("generator_unstamped_reads_total", unstampedReads, `${shard}`);
    series.counter("generator_shared_stamps_total", sharedStamps, `${shard}`);
    if (vitals === null) continue;
    series.counter("generator_cpu_seconds_total", vitals.cpuSeconds, `${shard}`);
    series.gauge("generator_resident_memory_bytes", vitals.rssMiB * bytesPerMiB, `${shard}`);
    series.gauge("generator_open_fds", vitals.fds, `${shard}`);
    series.gauge("generator_max_fds", vitals.maxFds, `${shard}`);
    series.gauge("generator_loop_delay_seconds", vitals.loopDelayMs / 1000, `${shard}`);
  }
}
