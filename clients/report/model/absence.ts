/** Why a figure of a report is absent: "not measured" is never left without its reason. */
import type { Latency } from "../../measure/latency.ts";
import { pushBasis } from "./push-basis.ts";
import type { Report } from "./report.ts";

/** Why `pushes` is null, or null when it is there. */
export function whyNoPushes(report: Report): string | null {
  const basis = pushBasis(report);
  if (basis === "ticks" || basis === "numbers") return null;
  if (report.connections.opened === 0)
    return report.state === "running" ? "no connection is open yet" : "no connection opened";
  if (report.state === "running") return "no stamped push has arrived yet";
  if (basis === "instants") return "the messages carry a timestamp but no number, so how many were due is unknown";
  return "the target's messages carry no timestamp, so when each was due is unknown";
}

/** Why one latency has no figures. */
export function whyNoLatency(report: Report, latency: Latency): string {
  if (report.connections.opened === 0 && latency !== "request")
    return report.state === "running" ? "no connection is open yet" : "no connection opened";
  switch (latency) {
    case "push":
      return whyNoPushes(report) ?? whyNoArrival(report);
    case "delivery":
    case "tickLag":
      return pushBasis(report) === "none"
        ? (whyNoPushes(report) ?? "no sample was taken")
        : "the target does not stamp its writes";
    case "generatorGap":
      return report.clock === "read" ? "this engine has no kernel timestamps to compare reads with" : "no stamped read";
    case "ping":
      return "the scenario has no probe";
    case "slowPush":
      return "the scenario has no slow readers";
    case "storm":
      return "no connection reconnected after a storm";
    case "away":
      return "no client reconnected under a reconnect policy";
    case "gapDeviation":
      return "the scenario declares no push interval, or the messages carry stamps";
    case "publishAck":
    case "publishLag":
      return "the connections publish nothing, or at QoS 0 without acknowledgements";
    case "request":
      return "the scenario sends no requests";
    case "firstByte":
      return "no stream was answered";
    case "firstEvent":
    case "stream":
      return latency === "stream" ? "no stream was complete" : "no stream had an event";
    case "eventGap":
    case "longestGap":
      return "no stream had two events that arrived separately";
    case "lifetime":
      return "no connection was lost";
    case "connectTls":
      return "the target is not dialled with TLS";
    case "connectOpening":
      return "the scenario has no opening";
    case "connect":
    case "connectTcp":
    case "connectUpgrade":
      return "this engine does not measure this stage";
  }
}

function whyNoArrival(report: Report): string {
  if (pushBasis(report) === "numbers")
    return "the messages carry a number but no timestamp; --push-stamp says where to find one";
  if (report.pushes?.due === 0) return "no push was due while connections were open";
  return report.pushes?.received === 0 ? "no push arrived" : "no sample was taken";
}

/** Why the target's CPU and memory are absent. */
export function whyNoTargetUsage(report: Report): string {
  return report.state === "running"
    ? "the target's process has not been sampled yet"
    : "the target's process was not monitored (pass its process id with --pid)";
}

/** Why there is no verdict. */
export function whyNoVerdict(report: Report): string {
  return report.state === "running" ? "the run is still in progress" : "the run ended before a verdict could be given";
}
