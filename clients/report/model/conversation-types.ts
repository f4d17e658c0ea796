/** The fields of report.json that conversations add. */
import { type Static, Type } from "typebox";
import { count, figure, orNull, text } from "./field.ts";

const Quantiles = Type.Object({
  count: count("samples"),
  p50: figure("median"),
  p90: figure("90th percentile"),
  p99: figure("99th percentile"),
  p999: figure("99.9th percentile"),
  max: figure("largest"),
});
const quantiles = (description: string) => orNull(Quantiles, `${description}, milliseconds; null: there was none`);

export const GroupReport = Type.Object(
  {
    name: Type.String(),
    planned: count("connections of the group"),
    opened: count("of them"),
    refused: count("of them"),
    closedByPlan: count("of them"),
    closedUnexpectedly: count("of them"),
    messages: count("every message that came on an open connection"),
    pushes: orNull(
      Type.Object({
        due: count("pushes"),
        received: count("of the due"),
        late: count("of the received"),
        lost: count("of the due"),
        duplicated: count("came again"),
        outOfOrder: count("after a later one"),
      }),
      "null: the target's pushes carry no stamp",
    ),
    latencyMs: Type.Object({ push: quantiles("push latency") }),
  },
  { description: "one group's share of the figures; the sums over all groups are the report's own" },
);
export type GroupReport = Static<typeof GroupReport>;

export const ExchangeReport = Type.Object(
  {
    name: Type.String(),
    due: count("messages"),
    sent: count("of the due"),
    answered: count("of the sent"),
    late: count("answered after the time allowed"),
    lost: count("never answered"),
    unsent: count("due while their connection was not open"),
    duplicated: count("answers to what was answered before, or never asked"),
    latencyMs: quantiles("from our write to the kernel's stamp of the answer"),
    sendLagMs: quantiles("from the due instant to our write: the generator's own delay, in no other figure"),
  },
  { description: "messages of one name: due = sent + unsent, and where an answer is wanted sent = answered + late + lost" },
);
export type ExchangeReport = Static<typeof ExchangeReport>;

export const PublishReport = Type.Object(
  {
    group: text("of the publishers"),
    reaches: text("who should have it"),
    sent: count("messages"),
    unsent: count("due while their publisher was not open"),
    due: count("each message sent times its receivers open at that instant"),
    received: count("of the due"),
    late: count("of the received"),
    lost: count("of the due"),
    duplicated: count("came again"),
    outOfOrder: count("after a later one of the same publisher"),
    misdelivered: count("came to connections that should not have them"),
    latencyMs: quantiles("from our write to each receiver's kernel stamp"),
    lastReceiverMs: quantiles("from our write until the last receiver had it"),
    sendLagMs: quantiles("from the due instant to our write"),
  },
  { description: "messages that should reach others: due = received + lost" },
);
export type PublishReport = Static<typeof PublishReport>;

export const ConversationBlock = Type.Object({
  openingFailures: Type.Array(Type.Object({ step: Type.String(), count: Type.Integer() }), {
    description: "connections whose opening ended at a step, by the step and why; most first",
  }),
  replies: count("sent"),
  beats: Type.Array(ExchangeReport),
  requests: Type.Array(ExchangeReport),
  published: Type.Array(PublishReport),
});
export type ConversationBlock = Static<typeof ConversationBlock>;
