/**
 * From what a streams run counted to the block `streams` of its report, and what its verdict and its notes are made of.
 * Pure.
 */
import { requestCauseList } from "../../measure/request-cause.ts";
import { namedCounts } from "../../measure/request-tally.ts";
import type { Tally } from "../../measure/tally.ts";
import type { Interval } from "./interval.ts";
import { quantilesOf } from "./quantiles.ts";
import type { Reason, Report } from "./report.ts";
import type { StreamCounts } from "./schema/streams-block.ts";

/** The block of what was counted so far; null for a run without requests. `heldMs`: how long the hold took so far. */
export function streamCounts(tally: Tally, users: number, heldMs: number, countsTokens = false): StreamCounts | null {
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
    ...(countsTokens ? { tokens: tokenCounts(tally, ok, heldMs) } : {}),
    ownLagMs: quantilesOf(measured.lag),
  };
}

/** What the events told of tokens; no figure where none of them did. */
function tokenCounts({ counts }: Tally, complete: number, heldMs: number): NonNullable<StreamCounts["tokens"]> {
  const { streamTokens: total, streamTokensInHold, streamTokensComplete, streamsTokenless: untold } = counts;
  const told = complete - untold;
  const isTold = told > 0 || total > 0;
  return {
    total,
    perSecond: isTold && heldMs > 0 ? Number(((streamTokensInHold * 1000) / heldMs).toFixed(2)) : null,
    perStream: told > 0 ? Number((streamTokensComplete / told).toFixed(2)) : null,
    untold,
  };
}

/** What a second tells of streams beside their requests. */
export function streamsInterval({ requests, counts }: Tally): NonNullable<Interval["streams"]> {
  const { streamEvents: events, streamEventsTogether: eventsTogether } = counts;
  return { underWay: requests?.sum("all").unanswered ?? 0, events, eventsTogether };
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
    tokensPerSecond: streams?.tokens?.perSecond ?? null,
    tokensPerStream: streams?.tokens?.perStream ?? null,
    ownLagP99Ms: streams?.ownLagMs?.p99 ?? null,
  };
}

/** What of the load was not applied: reasons why the run says nothing certain. */
export function streamsUnapplied(streams: StreamCounts | null, isClosedLoop: boolean): Reason[] {
  if (streams === null || streams.due === 0) {
    return [
      {
        code: "nothing-measured",
        text: "no stream was measured: none was due or in progress during the hold; hold longer, or check the target",
      },
    ];
  }
  const { tokens, complete } = streams;
  if (tokens !== undefined && complete > 0 && tokens.untold === complete) {
    const text = `none of ${complete} complete streams reported tokens in the place that the scenario's tokens field names`;
    return [{ code: "tokens-not-found", text }];
  }
  if (!isClosedLoop || streams.activeUsers >= streams.users) return [];
  const text = `only ${streams.activeUsers} of ${streams.users} users requested a stream: the others were waiting for a connection; hold longer, or check the target`;
  return [{ code: "load-not-applied", text }];
}

/** What a reader should know that no limit says. */
export function streamRemarks({ streams }: Partial<Report>): Reason[] {
  if (streams === undefined) return [];
  const remarks: Reason[] = [];
  if (streams.unsent > 0) {
    const text = `${streams.unsent} streams were due but never requested because no connection was free; use more users or a lower rate`;
    remarks.push({ code: "unsent", text });
  }
  if (streams.tokens !== undefined && streams.tokens.untold > 0) {
    const text = `${streams.tokens.untold} of ${streams.complete} complete streams reported no tokens and are excluded from the tokens per stream`;
    remarks.push({ code: "tokens-untold", text });
  }
  if (streams.eventsTogether > streams.events / 10) {
    const share = ((streams.eventsTogether / streams.events) * 100).toFixed(0);
    const text = `${share} % of the events arrived together with others in one read: the target writes several at once, or a proxy batches them; gap figures cover only the other events`;
    remarks.push({ code: "events-together", text });
  }
  return remarks;
}
