/**
 * Verifies a run of streams against the target's account of every write. Pure. A write is stamped between its start and
 * its end, so times between two of them are known up to the target's own delay.
 *
 *   head ...... first event ...... event ...... event, end mark
 *
 * Writes read together get the last one's stamp. The report says how many events this affected; a head or end mark that
 * arrived with an event leaves no trace, so it is bounded by what it may have arrived with.
 */

import type { Report } from "../report/model/report.ts";
import type { Quantiles } from "../report/model/schema/quantiles-field.ts";
import type { StreamFact } from "./account.ts";
import { type Check, exactly, within } from "./check.ts";
import type { Bounded } from "./check-requests.ts";

export type QuantileName = Exclude<keyof Quantiles, "count" | "max">;
const shareOf: Readonly<Record<QuantileName, number>> = { p50: 0.5, p90: 0.9, p99: 0.99, p999: 0.999 };

interface Bounds {
  atLeastMs: number;
  atMostMs: number;
}

type Write = StreamFact["writes"][number];

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

/** Counts and causes, all exact. `retryAfter`: values sent with rejected streams. */
export function streamCountChecks({ streams: s }: Report, facts: readonly StreamFact[], eventBytes: number): Check[] {
  if (s === undefined) return [exactly("streams are in the report (1: yes)", 1, 0)];
  const ended = (...ends: StreamFact["end"][]): StreamFact[] => facts.filter(({ end }) => ends.includes(end));
  const left = ended("left");
  const causes = {
    status: ended("rejected").length,
    "stream-cut": ended("cut").length,
    "error-event": ended("error").length,
    "first-event-timeout": left.filter((fact) => eventsOf(fact) === 0).length,
    "gap-timeout": left.filter((fact) => eventsOf(fact) > 0).length,
  };
  return [
    exactly("streams requested", facts.length, s.sent),
    exactly("streams due = requested + unsent", s.due, s.sent + s.unsent),
    exactly("streams never requested", 0, s.unsent),
    exactly("streams complete", ended("complete").length, s.complete),
    exactly("streams failed", facts.length - ended("complete").length, s.failed),
    exactly("streams unanswered", 0, s.unanswered),
    ...Object.entries(causes).map(([cause, count]) =>
      exactly(`streams failed by ${cause}`, count, s.byCause[cause] ?? 0),
    ),
    exactly(
      "causes of failed streams add up",
      s.failed,
      sum(Object.values(s.byCause), (count) => count),
    ),
    exactly("events", sum(facts, eventsOf), s.events),
    exactly("bytes of their data", eventBytes, s.eventBytes),
    within("events that arrived together", burstEvents(facts), s.events, s.eventsTogether),
  ];
}

const eventsOf = ({ writes }: StreamFact): number => sum(writes, ({ events }) => events);

/** Events written several at a time: a client cannot tell when each of them arrived. */
const burstEvents = (facts: readonly StreamFact[]): number =>
  sum(facts, ({ writes }) => sum(writes, ({ events }) => (events > 1 ? events : 0)));

/**
 * First byte, first event, gaps and duration. `streams`: each with the bounds of its request and its last write.
 * `shares`: the quantiles whose worst streams have a known start; `toleranceMs`: allowed deviation from the account's
 * bounds, including the histogram's resolution.
 */
export function streamTimeChecks(
  report: Report,
  bounds: readonly Bounded<StreamFact>[],
  { shares, toleranceMs }: { shares: readonly QuantileName[]; toleranceMs: number },
): Check[] {
  const { latencyMs, streams } = report;
  const facts = bounds.map(({ answer }) => answer);
  const answered = bounds.filter(({ answer }) => answer.end !== "rejected");
  const timed = (which: (fact: StreamFact) => number): Bounds[] =>
    answered.flatMap((bound) => {
      const at = which(bound.answer);
      return at < 0 ? [] : [timeOf(bound, at)];
    });
  // In this many streams an event arrived together with another one, which its stamp does not reveal.
  const astray = Math.max(0, (streams?.eventsTogether ?? 0) - burstEvents(facts));
  const gaps = answered.flatMap(({ answer }) => gapsOf(answer));
  const longest = answered.flatMap(({ answer }) => longestOf(gapsOf(answer)));
  const all = ["p50", "p90", "p99", "p999"] as const;
  return [
    ...quantileChecks("first byte", timed(headOf), latencyMs.firstByte, { shares, toleranceMs, astray }),
    ...quantileChecks("first event", timed(firstOf), latencyMs.firstEvent, { shares, toleranceMs, astray }),
    ...quantileChecks(
      "event gap",
      gaps.filter(({ isAlone }) => isAlone),
      latencyMs.eventGap,
      { shares: all, toleranceMs, missing: astray },
    ),
    ...quantileChecks("longest gap", longest, latencyMs.longestGap, {
      shares: all,
      toleranceMs,
      astray,
      missing: astray,
    }),
    ...quantileChecks("stream", timed(endOf), latencyMs.stream, { shares, toleranceMs }),
  ];
}

const headOf = ({ writes }: StreamFact): number => (writes.length > 0 ? 0 : -1);
const firstOf = ({ writes }: StreamFact): number => writes.findIndex(({ events }) => events > 0);
const endOf = ({ end, writes }: StreamFact): number => (end === "complete" ? writes.length - 1 : -1);

/** Time from the stream's request to one of its writes. */
function timeOf({ answer, atLeastMs, atMostMs }: Bounded<StreamFact>, at: number): Bounds {
  const { writes, beforeNs, afterNs } = answer;
  return {
    atLeastMs: atLeastMs + (writes[at]!.beforeNs - beforeNs) / 1e6,
    atMostMs: atMostMs + (stampedBy(writes, at) - afterNs) / 1e6,
  };
}

/** Latest stamp of a write: that of the later writes it may have been read with. */
function stampedBy(writes: readonly Write[], at: number): number {
  let last = at;
  let withEvents = writes[at]!.events > 0 ? 1 : 0;
  for (let next = at + 1; next < writes.length; next++) {
    if (writes[next]!.events > 0) withEvents++;
    if (withEvents > 1) break;
    last = next;
  }
  return writes[last]!.afterNs;
}

/** Gaps between consecutive writes of events; `isAlone`: the second holds one event, so the gap is measured. */
function gapsOf({ writes }: StreamFact): (Bounds & { isAlone: boolean })[] {
  const places = writes.flatMap(({ events }, at) => (events > 0 ? [at] : []));
  return places.slice(1).map((at, index) => ({
    atLeastMs: (writes[at]!.beforeNs - stampedBy(writes, places[index]!)) / 1e6,
    atMostMs: (stampedBy(writes, at) - writes[places[index]!]!.beforeNs) / 1e6,
    isAlone: writes[at]!.events === 1,
  }));
}

const longestOf = (gaps: readonly Bounds[]): Bounds[] =>
  gaps.length === 0
    ? []
    : [
        {
          atLeastMs: Math.max(...gaps.map(({ atLeastMs }) => atLeastMs)),
          atMostMs: Math.max(...gaps.map(({ atMostMs }) => atMostMs)),
        },
      ];

interface Allowed {
  shares: readonly QuantileName[];
  toleranceMs: number;
  /** Number of values that may be anything. */
  astray?: number;
  /** Number of values that may be missing from the distribution. */
  missing?: number;
}

/** The number of measured values, and their quantiles. */
function quantileChecks(
  what: string,
  truth: readonly Bounds[],
  measured: Quantiles | null | undefined,
  { shares, toleranceMs, astray = 0, missing = 0 }: Allowed,
): Check[] {
  const count = measured?.count ?? 0;
  const counted = within(`${what}: how many`, truth.length - missing, truth.length, count);
  if (count === 0) return [counted];
  const sorted = (of: (bounds: Bounds) => number): number[] => truth.map(of).sort((a, b) => a - b);
  const least = sorted(({ atLeastMs }) => atLeastMs);
  const most = sorted(({ atMostMs }) => atMostMs);
  const round = (ms: number): number => Math.round(ms * 1000) / 1000;
  const rows = shares.map((name) => {
    const at = Math.max(1, Math.ceil(shareOf[name] * count)) - 1;
    // The largest are missing or far too small, or the smallest are missing or far too large.
    const atLeastMs = least[at - astray] ?? 0;
    const atMostMs = most[at + astray + truth.length - count] ?? Number.POSITIVE_INFINITY;
    return within(
      `${what} ${name}, ms`,
      round(atLeastMs - toleranceMs),
      round(atMostMs + toleranceMs),
      measured?.[name],
    );
  });
  return [counted, ...rows];
}
