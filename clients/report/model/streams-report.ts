/**
 * From what a streams run counted to the block `streams` of its report, and what its verdict and its notes are made of.
 * Pure.
 */
import { requestCauseList } from "../../measure/request-cause.ts";
import { namedCounts } from "../../measure/request-tally.ts";
import type { Tally } from "../../measure/tally.ts";
import { quantilesOf } from "./quantiles.ts";
import type { Reason, Report } from "./report.ts";
import type { StreamCounts } from "./schema/streams-block.ts";

/** The block of what was counted so far; null for a run without requests. `heldMs`: how long the hold took so far. */
export function streamCounts(tally: Tally, users: number, heldMs: number): StreamCounts | null {
  if (tally.requests === null) return null;
  const measured = tally.requests.sum("measured");
  const { sent, unsent, ok, failed, unanswered, okInHold } = measured;
  const { streamEvents, streamEventBytes, streamEventsTogether } = tally.counts;
  return {
    due: sent + unsent,
    sent,
    unsent,
    complete: ok,
    failed,
    unanswered,
    byCause: namedCounts(requestCauseList, measured.causes),
    byStatus: tally.partsOf("stream-status"),
    retryAfter: tally.partsOf("retry-after"),
    users,
    activeUsers: measured.users,
    perSecond: heldMs > 0 ? Number(((okInHold * 1000) / heldMs).toFixed(2)) : null,
    events: streamEvents,
    eventBytes: streamEventBytes,
    eventsTogether: streamEventsTogether,
    ownLagMs: quantilesOf(measured.lag),
  };
}

/**
 * Figures a limit may name: streams that did not come to their end, of those due; how many did a second. And what the
 * verdict asks of us.
 */
export function streamFigures(streams: StreamCounts | null, state: Report["state"]): Record<string, number | null> {
  // While a run goes on, what is unanswered is under way.
  const lost = streams === null ? 0 : streams.failed + streams.unsent + (state === "running" ? 0 : streams.unanswered);
  return {
    failedRatio: streams === null || streams.due === 0 ? null : lost / streams.due,
    streamsPerSecond: streams?.perSecond ?? null,
    ownLagP99Ms: streams?.ownLagMs?.p99 ?? null,
  };
}

/** What of the load was not applied: reasons why the run says nothing certain. */
export function streamsUnapplied(streams: StreamCounts | null, isClosedLoop: boolean): Reason[] {
  if (streams === null || streams.due === 0) {
    return [
      {
        code: "nothing-measured",
        text: "no stream was measured: none was due or under way in the hold; hold longer, or look at the target",
      },
    ];
  }
  if (!isClosedLoop || streams.activeUsers >= streams.users) return [];
  const text = `only ${streams.activeUsers} of ${streams.users} users asked for a stream: the others waited for a connection; hold longer, or look at the target`;
  return [{ code: "load-not-applied", text }];
}

/** What a reader should know that no limit says. */
export function streamRemarks({ streams }: Partial<Report>): Reason[] {
  if (streams === undefined) return [];
  const remarks: Reason[] = [];
  if (streams.unsent > 0) {
    const text = `${streams.unsent} streams were due and never asked for: no connection was free; more users, or a lower rate`;
    remarks.push({ code: "unsent", text });
  }
  if (streams.eventsTogether > streams.events / 10) {
    const share = ((streams.eventsTogether / streams.events) * 100).toFixed(0);
    const text = `${share} % of the events came together with others in one read: the target writes several at once, or a proxy gathers them; the gap figures are those of the others`;
    remarks.push({ code: "events-together", text });
  }
  return remarks;
}
