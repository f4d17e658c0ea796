/** Figures of latencies by the name that limits give them. */
import type { Report } from "../report.ts";

export const latencyOf: Readonly<Record<string, keyof Report["latencyMs"]>> = {
  pushLatencyMs: "push",
  deliveryMs: "delivery",
  tickLagMs: "tickLag",
  connectMs: "connect",
  connectTlsMs: "connectTls",
  pingMs: "ping",
  slowPushLatencyMs: "slowPush",
  requestMs: "request",
  firstByteMs: "firstByte",
  firstEventMs: "firstEvent",
  eventGapMs: "eventGap",
  longestGapMs: "longestGap",
  streamMs: "stream",
};
