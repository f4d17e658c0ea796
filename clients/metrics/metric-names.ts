/**
 * Every metric Holdfast exposes, defined once. The exporter, dashboards, recording rules, live page and docs derive
 * from this table, and tests compare each of them with it in both directions. Names get the prefix `holdfast_`.
 * `labels` are those in addition to the run's own (`run`, `kind`, `target`, `runtime`), which every metric has:
 * `target_*` and `generator_*` refer to the processes of that run only. They exist while the processes do, and their
 * counters continue when one process replaces another.
 */
export const metricPrefix = "holdfast_";

/** Labels of every run-scoped series. */
export const runLabels = ["run", "kind", "target", "runtime"] as const;

export interface MetricDefinition {
  readonly type: "gauge" | "counter" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
}

const gauge = (help: string, ...labels: string[]): MetricDefinition => ({ type: "gauge", help, labels });
const counter = (help: string, ...labels: string[]): MetricDefinition => ({ type: "counter", help, labels });
const histogram = (help: string, ...labels: string[]): MetricDefinition => ({ type: "histogram", help, labels });

export const metrics = {
  run_info: gauge("Always 1; its labels describe how the run is measured.", "protocol", "engine", "clock", "version"),
  run_phase: gauge("1 for the phase the run is in, 0 for the others.", "phase"),
  run_phase_start_timestamp_seconds: gauge("When the phase began, Unix time; absent until it does.", "phase"),
  run_limit_ok: gauge("1 while the limit is met, 0 once it is missed.", "limit"),
  run_verdict: gauge("1 for the verdict of the finished run; absent while it runs.", "verdict"),
  connections: gauge("Current connections, by state.", "state"),
  connections_planned: gauge("Connections that should be open according to the scenario."),
  connection_attempts_total: counter("Connects started, reconnects included."),
  connections_opened_total: counter("Connections that completed their handshake, reconnects included."),
  reconnects_total: counter("Connections opened again after a drop, a storm or churn."),
  connect_failures_total: counter(
    "Attempts that did not open, by cause; code is the HTTP status, if there was one.",
    "cause",
    "code",
  ),
  connections_closed_total: counter(
    "Open connections that were closed, by cause; code is the close code, if there was a close frame.",
    "cause",
    "code",
  ),
  connect_duration_seconds: histogram("Time to open a connection, by stage.", "stage"),
  handshakes_agreed_total: counter(
    "Handshakes by what was negotiated: tls-version, tls-cipher, tls-alpn, tls-handshake (full, resumed), compression.",
    "what",
    "value",
  ),
  pushes_due_total: counter("Pushes that were due on open connections and are accounted for: received or lost."),
  pushes_received_total: counter("Due pushes that arrived, late ones included."),
  pushes_late_total: counter("Received pushes that arrived later than half an interval or 5 s, whichever is less."),
  pushes_lost_total: counter("Due pushes that did not arrive."),
  pushes_duplicated_total: counter("Pushes received more than once."),
  pushes_out_of_order_total: counter("Pushes that arrived after a later one."),
  pushes_corrupted_total: counter("Push messages with a wrong check field; their pushes count as lost."),
  received_bytes_total: counter("Bytes read from the target's sockets."),
  push_latency_seconds: histogram("From the tick at which a push was due to the kernel's receive stamp."),
  slow_push_latency_seconds: histogram("Push latency of the connections that read slowly on purpose."),
  delivery_seconds: histogram("From the target's write of a push to the kernel's receive stamp."),
  tick_lag_seconds: histogram("From the tick at which a push was due to the target's write of it."),
  generator_gap_seconds: histogram(
    "From the kernel's receive stamp to the generator's read: its own delay, excluded from every other figure.",
  ),
  ping_round_trip_seconds: histogram("From the write of a ping to the kernel's receive stamp of its pong."),
  push_latency_quantile_seconds: gauge(
    "Exact push latency quantile from the merged histogram; not to be averaged.",
    "quantile",
    "window",
  ),
  requests_total: counter("HTTP requests answered or failed.", "status_class"),
  request_failures_total: counter("HTTP requests that failed, by cause.", "cause"),
  request_duration_seconds: histogram(
    "From when a request was due (closed loop: written) to the last byte of its answer.",
  ),
  stream_first_byte_seconds: histogram(
    "From when a stream was due, or requested, to the kernel's receive stamp of its response head.",
  ),
  stream_first_event_seconds: histogram(
    "From when a stream was due, or requested, to the kernel's receive stamp of its first event.",
  ),
  stream_event_gap_seconds: histogram(
    "Between the kernel's receive stamps of consecutive events of a stream, except events that arrived in one read.",
  ),
  stream_events_total: counter("Events of streams, end marks not included."),
  stream_tokens_total: counter("Tokens reported by the events of streams, if the scenario says where."),
  request_users: gauge("Concurrent users of the current API step."),
  requests_due_total: counter(
    "Beats and requests of conversations that were due and are accounted for, by name.",
    "name",
  ),
  requests_answered_total: counter("Of those due, answered in time.", "name"),
  requests_late_total: counter("Of those due, answered late.", "name"),
  requests_lost_total: counter("Of those due, not answered.", "name"),
  requests_unsent_total: counter("Of those due, not sent because their connection was not open.", "name"),
  request_round_trip_seconds: histogram(
    "Beats and requests of conversations: from the generator's write to the kernel's receive stamp of the answer, by name.",
    "name",
  ),
  published_latency_seconds: histogram(
    "From the generator's write of a published message to each receiver's kernel stamp, by publishing group.",
    "group",
  ),
  published_sent_total: counter("Messages published to other connections, by publishing group.", "group"),
  published_due_total: counter("Published messages times the receivers open at that time.", "group"),
  published_received_total: counter("Of those due, received.", "group"),
  published_lost_total: counter("Of those due, not received.", "group"),
  published_duplicated_total: counter("Published messages that arrived again at the same receiver.", "group"),
  mqtt_publishes_total: counter(
    "Messages that MQTT clients were due to publish, and those of them sent, unsent, acknowledged, refused, unconfirmed.",
    "state",
  ),
  mqtt_publish_duration_seconds: histogram(
    "From the generator's write of a QoS 1 or 2 message to the kernel's receive stamp of its PUBACK or PUBCOMP.",
  ),
  pipeline_lines_total: counter("Log lines processed by a pipeline variant.", "variant"),
  pipeline_duration_seconds: gauge("Median time of a pipeline variant.", "variant"),
  pipeline_unique_users: gauge("Unique users counted by a pipeline variant.", "variant"),
  pipeline_resident_memory_bytes: gauge("Peak resident memory of a pipeline variant.", "variant"),
  target_cpu_seconds_total: counter("CPU time of the target's process tree.", "replica"),
  target_resident_memory_bytes: gauge("Resident memory of the target's process tree.", "replica"),
  target_open_fds: gauge("Open descriptors of the target's process tree.", "replica"),
  target_threads: gauge("Threads of the target's process tree.", "replica"),
  generator_cpu_seconds_total: counter("CPU time of a shard process.", "shard"),
  generator_resident_memory_bytes: gauge("Resident memory of a shard process.", "shard"),
  generator_open_fds: gauge("Open descriptors of a shard process.", "shard"),
  generator_max_fds: gauge("Descriptor limit of a shard process.", "shard"),
  generator_loop_delay_seconds: gauge(
    "Longest time in the last second that a shard's event loop did not read its sockets.",
    "shard",
  ),
  generator_unstamped_reads_total: counter("Reads without a kernel receive stamp.", "shard"),
  generator_shared_stamps_total: counter(
    "Messages that share a receive stamp with others: their latency is an upper bound.",
    "shard",
  ),
  capacity_bound_connections: gauge("Bounds found so far in a search for connections.", "bound"),
  capacity_bound: gauge("Bounds found so far in a search for another quantity, in its unit.", "bound", "unit"),
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metrics;

/** Connection states of the `connections` gauge. */
export const connectionStates = ["connecting", "open", "closing", "backoff"] as const;
