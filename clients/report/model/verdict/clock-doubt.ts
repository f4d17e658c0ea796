/**
 * Whether a service's stamps can be of a clock that agrees with ours: a message cannot travel for seconds where a ping
 * takes milliseconds. Pure.
 */
import { formatFigure } from "../format.ts";
import { pushBasis } from "../push-basis.ts";
import type { LimitResult, Reason, Report } from "../report.ts";

/** How many round trips the way from the service's stamp to ours may take, and how long in any case. */
const mostRoundTrips = 10;
const neverDoubtedMs = 250;

/**
 * From the instant the service says it sent to the kernel's stamp: `delivery`, or with a stamp of the service's own the
 * push latency. Null: there is no such figure, or nothing to hold it against, and no doubt is raised.
 */
export function clockDoubt(report: Pick<Report, "pushes" | "latencyMs">): Reason | null {
  const { latencyMs } = report;
  const way = latencyMs.delivery ?? (pushBasis(report) === "ticks" ? null : latencyMs.push) ?? null;
  const trip = latencyMs.ping ?? latencyMs.connect ?? null;
  if (way === null) return null;
  const code = "clock-doubt";
  if (way.p50 === 0 && way.count > 0)
    return {
      code,
      text: "messages appear to arrive at the instant they are sent, or earlier: the service's clock is ahead of this host's",
    };
  if (trip === null || way.p50 <= Math.max(neverDoubtedMs, mostRoundTrips * trip.p50)) return null;
  const against = latencyMs.ping ? "the round trip of a ping takes" : "opening a connection takes";
  const [took, tripTook] = [formatFigure(way.p50, "milliseconds"), formatFigure(trip.p50, "milliseconds")];
  const text = `messages take ${took} (median) from the service's own timestamp to the kernel's, while ${against} ${tripTook}: either the service delays them, or its clock is behind this host's by about that much; compare the clocks before trusting the push latency`;
  return { code, text };
}

/**
 * Whether a missed limit rests on the service's clock. One that is behind makes latencies larger, never smaller: what
 * holds, holds.
 */
export const restsOnClock = ({ limit, ok }: LimitResult): boolean =>
  !ok && (/^(pushLatencyMs|deliveryMs)\./.test(limit) || limit === "lateRatio");
