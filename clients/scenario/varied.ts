/**
 * What a capacity search may let grow: the unit of its load, and the latencies that its goals may limit. Named once:
 * the schema, the goals, the report and the metrics read it here.
 */

/** A latency whose p99 a goal may limit: the figure that limits know, and what its absence means. */
export const goalLatencies = {
  push: { figure: "pushLatencyMs", title: "push", absent: "no push of the sustain phase carried a stamp" },
  connect: { figure: "connectMs", title: "connect", absent: "no connection opened in the sustain phase" },
  connectTls: { figure: "connectTlsMs", title: "TLS", absent: "the target is not dialled with TLS" },
  published: { figure: "publishedMs", title: "published", absent: "no published message arrived" },
  firstByte: { figure: "firstByteMs", title: "first byte", absent: "no stream was answered" },
  firstEvent: { figure: "firstEventMs", title: "first event", absent: "no stream had an event" },
  gap: { figure: "eventGapMs", title: "gap", absent: "no stream had two events that arrived separately" },
  longestGap: {
    figure: "longestGapMs",
    title: "longest gap",
    absent: "no stream had two events that arrived separately",
  },
  stream: { figure: "streamMs", title: "stream", absent: "no stream was complete" },
} as const;
export type GoalLatency = keyof typeof goalLatencies;

export interface Varied {
  /** Of a load, as the end of a figure: "3,000 connections/s". */
  unit: string;
  /** What the loss of a goal is a share of. */
  lossOf: string;
  /** Latencies a goal may limit. */
  latencies: readonly GoalLatency[];
  /** The one that "p99" means and that tables show; null: several are alike, and each is named. */
  main: GoalLatency | null;
  /** Limits in force unless a goal or a limit of the scenario names the same latency, milliseconds. */
  limits: Partial<Record<GoalLatency, number>>;
}

const streamLatencies = ["firstByte", "firstEvent", "gap", "longestGap", "stream"] as const;

export const varied = {
  connections: { unit: "connections", lossOf: "connections or pushes", latencies: ["push"], main: "push", limits: {} },
  rate: { unit: "pushes/s", lossOf: "connections or pushes", latencies: ["push"], main: "push", limits: {} },
  // A rate is held when what is due in a second is open within one: without it a queue could grow unseen.
  "connect-rate": {
    unit: "connections/s",
    lossOf: "connects",
    latencies: ["connect", "connectTls"],
    main: "connect",
    limits: { connect: 1000 },
  },
  "publish-rate": {
    unit: "messages/s",
    lossOf: "deliveries",
    latencies: ["published"],
    main: "published",
    limits: {},
  },
  streams: { unit: "streams", lossOf: "streams", latencies: streamLatencies, main: null, limits: {} },
  "stream-rate": { unit: "streams/s", lossOf: "streams", latencies: streamLatencies, main: null, limits: {} },
} as const satisfies Record<string, Varied>;
export type Vary = keyof typeof varied;
export const varyNames = Object.keys(varied) as Vary[];

/** What is known of one by its name, as its general shape. */
export const variedOf = (vary: Vary): Varied => varied[vary];

/** The latency that a goal or a limit calls by this name, `firstEvent` or `firstEventMs`; null for none of them. */
export function latencyNamed(name: string): GoalLatency | null {
  const found = Object.entries(goalLatencies).find(
    ([key, { figure }]) => key === name || figure === name || `${name}Ms` === figure,
  );
  return (found?.[0] as GoalLatency | undefined) ?? null;
}
