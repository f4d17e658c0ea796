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
  { description: "resource usage of the target in a part of a run" },
);
export type UsageAt = Static<typeof UsageAt>;

const StormReport = Type.Object(
  {
    by: oneOf(["us", "target"], "who dropped them"),
    dropped: count("connections the storm dropped, each once"),
    atMs: figureOrNull("when it began, since the run's start; null if it never happened"),
    backMs: Type.Object(
      { p50: figureOrNull("half"), p90: figureOrNull("90 %"), p99: figureOrNull("99 %"), all: figureOrNull("all") },
      {
        description:
          "when that share of the dropped connections was open again, since the start of the storm; null if it was never reached",
      },
    ),
    back: count("open again"),
    stayedAway: count("never again"),
    peakConnectPerSecond: figure("reconnects started in the busiest second"),
    refusedByCause: countsBy("reconnects that did not open"),
    pushesLostMeanwhile: count(
      "pushes that came due while the dropped connections were not open; excluded from all other figures",
    ),
    closedByTarget: count(
      "of the connections closed unexpectedly, those dropped by the storm (`by: target`); excluded from all ratios",
    ),
    targetUsage: Type.Object(
      { before: orNull(UsageAt), during: orNull(UsageAt), after: orNull(UsageAt) },
      {
        description:
          "before and after: memory in the last second, mean CPU; during: the peak of each in a second, until all were back",
      },
    ),
    generatorLeft: orNull(
      Type.Object({
        fdsBefore: Type.Number(),
        fdsAfter: Type.Number(),
        rssMiBBefore: Type.Number(),
        rssMiBAfter: Type.Number(),
      }),
      "shard processes before the first connection and after the last, to show leaks; null until the run has ended",
    ),
  },
  { description: "disconnect many connections at once and measure how they come back" },
);
export type StormReport = Static<typeof StormReport>;

const EventSourceReport = Type.Object(
  {
    stopped: count("absences that ended because the target answered 204: these clients do not reconnect"),
    withId: count(
      "reconnects that sent the last event's id; withId = resumed + skipped + repeated + unnumbered + waiting, exactly",
    ),
    resumed: count("whose first event had the next number: nothing was lost"),
    skipped: count("whose first event had a later one"),
    repeated: count("whose first event had an earlier one"),
    unnumbered: count("whose ids are not integers"),
    waiting: count("on which no further event with an id arrived"),
    events: Type.Object(
      {
        received: count("with a number that their client had not received before"),
        lost: count("numbers missing below the highest that their client received"),
        lostAway: count("of those, between the last event before an absence and the first after it"),
        repeated: count("with a number not above the highest that their client received"),
      },
      { description: "events whose id is an integer, over all connections of a client" },
    ),
    idsTooLong: count("ids of more than 256 bytes: not kept, and not sent"),
  },
  { description: "event stream clients that sent Last-Event-ID, with reconnect.eventSource" },
);

const ReconnectReport = Type.Object(
  {
    absences: count(
      "times that a client under the policy lost its connection or was refused; absences = back + gaveUp + stillAway, exactly (plus eventSource.stopped, if present)",
    ),
    back: count("that ended with the connection open again"),
    gaveUp: count("whose retries were exhausted"),
    stillAway: count("still in progress at the end of the hold"),
    awayMs: orNull(Quantiles, "from the loss until open again; null: no client reconnected"),
    refusedByCause: countsBy("attempts that did not open"),
    pushesMissed: count("pushes that came due during absences; excluded from all other figures"),
    openShare: orNull(
      Type.Object({ mean: figure("mean over the seconds of the hold"), least: figure("in the worst of them") }),
      "open connections as a share of the planned ones; null: no second of the hold was recorded",
    ),
    eventSource: Type.Optional(EventSourceReport),
  },
  { description: "clients that reconnected under the policy; their attempts are counted in `connections.reconnects`" },
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
      "the target's memory at the start and end of the hold, and its peak",
    ),
  },
  {
    description:
      "connections that read slowly on purpose; their pushes are only in this block, their closes in `connections` too",
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
  { description: "how evenly messages without a timestamp arrived" },
);
export type RegularityReport = Static<typeof RegularityReport>;

const StoppedEarly = Type.Object(
  {
    limit: text("the figure whose limit was missed"),
    atMs: figure("since the run's start"),
    text: text("what was expected and what was measured"),
  },
  { description: "a limit stopped the run early: the rest of the plan was not applied" },
);
export type StoppedEarly = Static<typeof StoppedEarly>;

/** The blocks of this page as fields of a report. */
export const connectionBlocks = {
  stoppedEarly: Type.Optional(StoppedEarly),
  stages: Type.Optional(Type.Array(StageReport, { description: "stages that started" })),
  storm: Type.Optional(StormReport),
  reconnect: Type.Optional(ReconnectReport),
  slowReaders: Type.Optional(SlowReadersReport),
  regularity: Type.Optional(RegularityReport),
  addresses: Type.Optional(
    Type.Array(AddressReport, { description: "if the target's name has several addresses: connections by address" }),
  ),
};
