/**
 * The blocks a run of long connections adds to its report: a storm, slow readers, the regularity of messages without a
 * stamp.
 */
import { type Static, Type } from "#typebox";
import { AddressReport } from "./address-block.ts";
import { count, countsBy, figure, figureOrNull, oneOf, orNull, text } from "./field.ts";
import { Quantiles } from "./quantiles-field.ts";
import { StageReport } from "./stage-block.ts";

const UsageAt = Type.Object(
  { rssMiB: Type.Number(), cpu: figure("cores") },
  { description: "what the target used in a part of a run" },
);
export type UsageAt = Static<typeof UsageAt>;

const StormReport = Type.Object(
  {
    by: oneOf(["us", "target"], "who dropped them"),
    dropped: count("connections the storm dropped, each once"),
    atMs: figureOrNull("when it began, since the run's start; null when it never came"),
    backMs: Type.Object(
      { p50: figureOrNull("half"), p90: figureOrNull("90 %"), p99: figureOrNull("99 %"), all: figureOrNull("all") },
      {
        description:
          "when that share of the dropped was open again, since the storm's beginning; null when fewer ever were",
      },
    ),
    back: count("open again"),
    stayedAway: count("never again"),
    peakConnectPerSecond: figure("reconnects begun in the busiest second"),
    refusedByCause: countsBy("reconnects that did not open"),
    pushesLostMeanwhile: count(
      "pushes that came due while the dropped were away; they are in no other figure, for there was no connection they were due on",
    ),
    closedByTarget: count(
      "of the connections closed unexpectedly, those the storm dropped (`by: target`); they count in no ratio",
    ),
    targetUsage: Type.Object(
      { before: orNull(UsageAt), during: orNull(UsageAt), after: orNull(UsageAt) },
      {
        description:
          "before and after: memory in the last second, CPU in the mean; during: the most of each in a second, until all were back",
      },
    ),
    generatorLeft: orNull(
      Type.Object({
        fdsBefore: Type.Number(),
        fdsAfter: Type.Number(),
        rssMiBBefore: Type.Number(),
        rssMiBAfter: Type.Number(),
      }),
      "shard processes before the first connection and after the last: nothing may be left; null until the run has ended",
    ),
  },
  { description: "disconnect many connections at once and measure how they come back" },
);
export type StormReport = Static<typeof StormReport>;

const EventSourceReport = Type.Object(
  {
    stopped: count("absences that ended because the target answered 204: those clients stay away"),
    withId: count(
      "returns that said the last event's id; withId = resumed + skipped + repeated + unnumbered + waiting, exactly",
    ),
    resumed: count("whose first event had the next number: nothing was lost"),
    skipped: count("whose first event had a later one"),
    repeated: count("whose first event had one that came before"),
    unnumbered: count("whose ids are no whole numbers"),
    waiting: count("on which no event with an id came any more"),
    events: Type.Object(
      {
        received: count("with a number that had not come to their client before"),
        lost: count("numbers left out below the highest that came to their client"),
        lostAway: count("of those, between the last event before an absence and the first after it"),
        repeated: count("with a number not above the highest that came to their client"),
      },
      { description: "events whose id is a whole number, over all connections of a client" },
    ),
    idsTooLong: count("ids of more than 256 bytes: not kept, and not said"),
  },
  { description: "clients of event streams that said where they were, with reconnect.eventSource" },
);

const ReconnectReport = Type.Object(
  {
    absences: count(
      "times a connection was lost, or refused, that comes back by the policy; absences = back + gaveUp + stillAway, exactly, with eventSource.stopped where there is one",
    ),
    back: count("that ended with the connection open again"),
    gaveUp: count("whose retries were used up"),
    stillAway: count("that lasted when the hold ended"),
    awayMs: orNull(Quantiles, "from the loss until open again; null: no client came back"),
    refusedByCause: countsBy("attempts that did not open"),
    pushesMissed: count(
      "pushes that came due during absences; they are in no other figure, for there was no connection they were due on",
    ),
    openShare: orNull(
      Type.Object({ mean: figure("over the seconds of the hold"), least: figure("in the worst of them") }),
      "open connections as a share of the planned; null: no second of the hold was seen",
    ),
    eventSource: Type.Optional(EventSourceReport),
  },
  { description: "clients that came back by the reconnect policy; their openings are in `connections.reconnects`" },
);
export type ReconnectReport = Static<typeof ReconnectReport>;

const SlowReadersReport = Type.Object(
  {
    connections: count("that read slowly"),
    bytesPerSecond: figure("each reads at most"),
    due: count("pushes due on them"),
    received: count("arrived"),
    late: count("of the received"),
    lost: count("never arrived"),
    closedUnexpectedly: count("of them"),
    byCause: countsBy("CAUSE or CAUSE:CODE"),
    targetRssMiB: orNull(
      Type.Object({ atStart: Type.Number(), atEnd: Type.Number(), peak: Type.Number() }),
      "the target's memory at the hold's start and end, and at most",
    ),
  },
  {
    description:
      "connections that read slowly on purpose; their pushes are in this block only, their ends in `connections` too",
  },
);
export type SlowReadersReport = Static<typeof SlowReadersReport>;

const RegularityReport = Type.Object(
  {
    intervalMs: figure("declared between pushes"),
    gaps: count("between messages"),
    evenShare: figure("share of the gaps within 10 % of the interval"),
    deviationMs: Type.Object({ p50: Type.Number(), p99: Type.Number(), max: Type.Number() }),
  },
  { description: "how evenly messages came that carry no stamp" },
);
export type RegularityReport = Static<typeof RegularityReport>;

const StoppedEarly = Type.Object(
  {
    limit: text("the figure whose limit was missed"),
    atMs: figure("since the run's start"),
    text: text("what was expected and what came"),
  },
  { description: "a limit ended the run before its plan did: what was planned after that was not done" },
);
export type StoppedEarly = Static<typeof StoppedEarly>;

/** The blocks of this page as fields of a report. */
export const connectionBlocks = {
  stoppedEarly: Type.Optional(StoppedEarly),
  stages: Type.Optional(Type.Array(StageReport, { description: "where the load goes up and down: those that began" })),
  storm: Type.Optional(StormReport),
  reconnect: Type.Optional(ReconnectReport),
  slowReaders: Type.Optional(SlowReadersReport),
  regularity: Type.Optional(RegularityReport),
  addresses: Type.Optional(
    Type.Array(AddressReport, { description: "where the target's name has several addresses: connections by each" }),
  ),
};
