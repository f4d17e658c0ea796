/**
 * The latencies Holdfast measures, each from one named instant to another. The keys are the fields of `latencyMs` in
 * report.json; `metric` is the name in the Prometheus exposition (without the `holdfast_` prefix), null for those only
 * in the report.
 */
export const latencies = {
  push: {
    metric: "push_latency_seconds",
    title: "Push latency",
    from: "the tick at which the push was due",
    to: "the kernel's receive stamp",
  },
  delivery: {
    metric: "delivery_seconds",
    title: "Delivery",
    from: "the target's write of the push",
    to: "the kernel's receive stamp",
  },
  tickLag: {
    metric: "tick_lag_seconds",
    title: "Tick lag",
    from: "the tick at which the push was due",
    to: "the target's write of the push",
  },
  generatorGap: {
    metric: "generator_gap_seconds",
    title: "Generator gap",
    from: "the kernel's receive stamp",
    to: "the generator's read",
  },
  connect: {
    metric: "connect_duration_seconds",
    title: "Time to open",
    from: "the generator's connect call",
    to: "the connection is open (upgrade done)",
  },
  connectTcp: {
    metric: "connect_duration_seconds",
    title: "TCP connect",
    from: "the generator's connect call",
    to: "the TCP connection is established",
  },
  connectTls: {
    metric: "connect_duration_seconds",
    title: "TLS handshake",
    from: "the TCP connection is established",
    to: "the kernel's receive stamp of the last bytes the handshake needs",
  },
  connectUpgrade: {
    metric: "connect_duration_seconds",
    title: "Upgrade",
    from: "the TCP connection is established; with TLS, the handshake is complete",
    to: "the upgrade is complete",
  },
  connectOpening: {
    metric: "connect_duration_seconds",
    title: "Opening",
    from: "the upgrade is complete",
    to: "the last step of the opening is complete",
  },
  ping: {
    metric: "ping_round_trip_seconds",
    title: "Ping round trip",
    from: "the ping is written",
    to: "the kernel's receive stamp of the pong",
  },
  slowPush: {
    metric: "slow_push_latency_seconds",
    title: "Push latency of the slow readers",
    from: "the tick at which the push was due",
    to: "the kernel's receive stamp",
  },
  publishAck: {
    metric: "mqtt_publish_duration_seconds",
    title: "Publish acknowledged",
    from: "the generator's write of a QoS 1 or 2 message",
    to: "the kernel's receive stamp of its PUBACK or PUBCOMP",
  },
  publishLag: {
    metric: null,
    title: "Publish lag",
    from: "the time a published message was due",
    to: "the generator's write of it",
  },
  storm: {
    metric: null,
    title: "Back after the storm",
    from: "the start of the storm",
    to: "the dropped connection is open again",
  },
  away: {
    metric: null,
    title: "Away until reconnected",
    from: "a connection is lost or refused",
    to: "it is open again",
  },
  lifetime: {
    metric: null,
    title: "Lifetime of lost connections",
    from: "the connection is open",
    to: "its unexpected close",
  },
  gapDeviation: {
    metric: null,
    title: "Deviation of the gaps",
    from: "the declared push interval after the connection's last message",
    to: "the kernel's receive stamp of the next, earlier or later",
  },
  firstByte: {
    metric: "stream_first_byte_seconds",
    title: "Time to first byte",
    from: "the time the stream was due (open loop) or requested (closed loop)",
    to: "the kernel's receive stamp of the response head",
  },
  firstEvent: {
    metric: "stream_first_event_seconds",
    title: "Time to first event",
    from: "the time the stream was due (open loop) or requested (closed loop)",
    to: "the kernel's receive stamp of its first event",
  },
  eventGap: {
    metric: "stream_event_gap_seconds",
    title: "Gap between events",
    from: "the kernel's receive stamp of an event",
    to: "that of the next one; not measured for events that arrived in one read",
  },
  longestGap: {
    metric: null,
    title: "Longest gap of a stream",
    from: "the kernel's receive stamp of an event",
    to: "that of the next",
  },
  stream: {
    metric: "request_duration_seconds",
    title: "Stream duration",
    from: "the time the stream was due (open loop) or requested (closed loop)",
    to: "the kernel's receive stamp of its end mark, or of the end of its body if none is configured",
  },
  request: {
    metric: "request_duration_seconds",
    title: "Request",
    from: "the time the request was due (open loop) or written (closed loop)",
    to: "the kernel's receive stamp of the answer's last byte",
  },
} as const satisfies Record<string, { metric: string | null; title: string; from: string; to: string }>;

export type Latency = keyof typeof latencies;
export const latencyList = Object.keys(latencies) as Latency[];
