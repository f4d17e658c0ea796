/** The schema of what a streams run counted: the block `streams` of its report. */
import { type Static, Type } from "#typebox";
import { count, figureOrNull } from "./field.ts";
import { Quantiles } from "./quantiles-field.ts";

/** `due = sent + unsent` and `sent = complete + failed + unanswered`, exactly. */
export const StreamCounts = Type.Object({
  due: count("streams of the measured time; at a rate, those whose due instant lay in it"),
  sent: count("asked for: their request was written, or its connection did not open"),
  unsent: count("at a rate: due, and never asked for because no connection was free"),
  complete: count("came to their end mark, or to the end of the answer where none is named"),
  failed: count("ended otherwise, by the causes below"),
  unanswered: count("still under way when the run gave up waiting"),
  byCause: Type.Record(Type.String(), Type.Integer(), { description: "failed, by cause" }),
  byStatus: Type.Record(Type.String(), Type.Integer(), {
    description: "answers with a status that is not right, by status",
  }),
  retryAfter: Type.Record(Type.String(), Type.Integer(), {
    description: "Retry-After of those answers, as it was given",
  }),
  users: count("users, or connections at a rate"),
  activeUsers: count("of those, the ones that asked for a stream that is counted here"),
  perSecond: figureOrNull("streams complete within the hold, per second of it; null before the hold"),
  events: count("events of the measured streams, the end mark not included"),
  eventBytes: count("bytes of their data"),
  eventsTogether: count(
    "events that came together with others in one read: their gaps are not known, and are in no distribution",
  ),
  tokens: Type.Optional(
    Type.Object(
      {
        total: count("of the measured streams, failed ones too"),
        perSecond: figureOrNull("told within the hold, per second of it; null before it, or where no event told any"),
        perStream: figureOrNull("mean over the complete streams that told of some; null without one"),
        untold: count("complete streams whose events told of none"),
      },
      { description: "what events told of tokens; absent where the scenario does not say where" },
    ),
  ),
  ownLagMs: Type.Union([Quantiles, Type.Null()], {
    description: "at a rate: how late we asked for what could have been asked for when it was due; part of the times",
  }),
});
export type StreamCounts = Static<typeof StreamCounts>;
