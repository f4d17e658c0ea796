/** The schema of what a streams run counted: the block `streams` of its report. */
import { type Static, Type } from "#typebox";
import { count, figureOrNull } from "./field.ts";
import { Quantiles } from "./quantiles-field.ts";

/** `due = sent + unsent` and `sent = complete + failed + unanswered`, exactly. */
export const StreamCounts = Type.Object({
  due: count("streams of the measured time; in an open loop, those due in it"),
  sent: count("requested: their request was written, or its connection did not open"),
  unsent: count("open loop: due, but never requested because no connection was free"),
  complete: count("reached their end mark, or the end of the response if none is configured"),
  failed: count("ended otherwise, by the causes below"),
  unanswered: count("still in progress when the run stopped waiting"),
  byCause: Type.Record(Type.String(), Type.Integer(), { description: "failed, by cause" }),
  byStatus: Type.Record(Type.String(), Type.Integer(), {
    description: "answers with an unexpected status, by status",
  }),
  retryAfter: Type.Record(Type.String(), Type.Integer(), {
    description: "Retry-After of those answers, as sent",
  }),
  users: count("users, or connections in an open loop"),
  activeUsers: count("of those, the ones with at least one counted stream"),
  perSecond: figureOrNull("streams complete within the hold, per second of it; null before the hold"),
  events: count("events of the measured streams, the end mark not included"),
  eventBytes: count("bytes of their data"),
  eventsTogether: count(
    "events that arrived together with others in one read: their gaps are unknown and excluded from the distribution",
  ),
  tokens: Type.Optional(
    Type.Object(
      {
        total: count("of the measured streams, failed ones too"),
        perSecond: figureOrNull(
          "reported within the hold, per second of it; null before it, or if no event reported any",
        ),
        perStream: figureOrNull("mean over the complete streams that reported any; null if none did"),
        untold: count("complete streams whose events reported none"),
      },
      { description: "tokens reported by events; absent if the scenario does not say where they are" },
    ),
  ),
  ownLagMs: Type.Union([Quantiles, Type.Null()], {
    description:
      "open loop: how late the generator requested streams for which a connection was free; part of the times",
  }),
});
export type StreamCounts = Static<typeof StreamCounts>;
