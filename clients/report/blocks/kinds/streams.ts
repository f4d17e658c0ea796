/** Streams of events that answered requests: how many, how they ended, and what they carried. */
import { timeChart } from "../../chart/time-chart.ts";
import { formatFigure, formatMilliseconds, formatShare, notMeasured } from "../../model/format.ts";
import type { Report } from "../../model/report.ts";
import type { StreamCounts } from "../../model/schema/streams-block.ts";
import { type Block, count, type Equation, type Fact, type Recorded } from "../block.ts";
import { failureBlock, perSecond } from "./requests.ts";

/** Streams and why they failed; null for a run that asks for none. */
export function streamBlocks(report: Report, { intervals }: Recorded): Block[] | null {
  const { streams } = report;
  if (streams === undefined) return null;
  const chart = timeChart(report, intervals, {
    id: "chart-streams",
    title: "Streams over time",
    unit: "per second",
    describe: "Streams completed and failed per second.",
    isWide: true,
    layers: [
      { kind: "line", name: "complete", tone: 1, points: perSecond(intervals, ({ ok }) => ok) },
      { kind: "line", name: "failed", tone: "bad", points: perSecond(intervals, ({ failed }) => failed) },
    ],
  });
  return [
    {
      id: "streams",
      title: "Streams",
      charts: [chart],
      equations: streamEquations(streams, report.state),
      facts: streamFacts(streams),
    },
    failureBlock(streams, "stream"),
  ];
}

function streamEquations(
  { due, sent, unsent, complete, failed, unanswered }: StreamCounts,
  state: Report["state"],
): Equation[] {
  const isOpen = state === "running" ? "under way" : "unanswered";
  const parts: Equation["parts"] = [
    [complete, "complete"],
    [failed, "failed"],
    [unanswered, isOpen],
  ];
  const asked: Equation = { of: "streams", what: "asked for", total: sent, parts };
  const all: Equation["parts"] = [
    [sent, "asked for"],
    [unsent, "never requested"],
  ];
  return unsent === 0
    ? [asked]
    : [{ of: "streams", what: "due", total: due, parts: all, rest: ": no connection was free" }, asked];
}

function streamFacts({
  due,
  complete,
  failed,
  unanswered,
  unsent,
  perSecond: rate,
  events,
  eventBytes,
  eventsTogether,
  ownLagMs,
  tokens,
  ...more
}: StreamCounts): Fact[] {
  const lost = failed + unanswered + unsent;
  const named = (values: Record<string, number>): string =>
    Object.entries(values)
      .map(([name, times]) => `${name}: ${count(times)}`)
      .join(", ");
  const facts: Fact[] = [
    ["throughput", rate === null ? notMeasured : `${formatFigure(rate, "perSecond")} complete streams per second`],
    ["not complete", `${count(lost)}${due > 0 ? ` (${formatShare(lost / due)})` : ""}`],
    [
      "events",
      `${count(events)}, ${count(eventBytes)} bytes of data${complete > 0 ? `; ${(events / complete).toFixed(1)} for each complete stream` : ""}`,
    ],
  ];
  if (events > 0)
    facts.push([
      "came together",
      `${formatShare(eventsTogether / events)} of the events shared a read with another: their gaps are unknown`,
    ]);
  if (tokens !== undefined) {
    const rate = tokens.perSecond === null ? notMeasured : `${formatFigure(tokens.perSecond, "perSecond")} per second`;
    const mean = tokens.perStream === null ? "" : `; ${tokens.perStream.toFixed(1)} for each complete stream`;
    facts.push(["tokens", `${count(tokens.total)}, ${rate}${mean}`]);
  }
  if (Object.keys(more.byStatus).length > 0) facts.push(["wrong status", named(more.byStatus)]);
  if (Object.keys(more.retryAfter).length > 0) facts.push(["Retry-After", named(more.retryAfter)]);
  if (ownLagMs !== null)
    facts.push([
      "sending lag",
      `p50 ${formatMilliseconds(ownLagMs.p50)} ms, p99 ${formatMilliseconds(ownLagMs.p99)} ms, the generator's own and part of the times`,
    ]);
  return facts;
}
