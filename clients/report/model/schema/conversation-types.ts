/** The fields of report.json that groups, conversations and publishers add. */
import { type Static, Type } from "#typebox";
import { count, orNull, text } from "./field.ts";
import { Quantiles } from "./quantiles-field.ts";

const spread = (description: string) => orNull(Quantiles, description);

export const GroupReport = Type.Object(
  {
    name: text("of the group"),
    planned: count("connections"),
    opened: count("planned connections that opened"),
    refused: count("planned connections that did not"),
    closedByPlan: count("ended by the generator"),
    closedUnexpectedly: count("ended otherwise"),
    messages: count("every message received on an open connection"),
    pushes: orNull(
      Type.Object({
        due: count("received + lost"),
        received: count("due pushes that arrived"),
        late: count("part of received"),
        lost: count("due pushes that never arrived"),
        duplicated: count("arrived again"),
        outOfOrder: count("arrived after a later one"),
      }),
      "null for a target whose pushes carry no stamp",
    ),
    latencyMs: Type.Object({ push: spread("push latency of this group") }),
  },
  { description: "one group's share of the figures; the sums over all groups are the report's own" },
);
export type GroupReport = Static<typeof GroupReport>;

export const ExchangeReport = Type.Object(
  {
    name: text("of the beat or request"),
    due: count("sent + unsent"),
    sent: count("answered + late + lost, if an answer is expected"),
    answered: count("in time"),
    late: count("answered late"),
    lost: count("never answered"),
    unsent: count("due while the connection was not open"),
    duplicated: count("answers to requests already answered, or never sent"),
    latencyMs: spread("from the generator's write to the kernel's stamp of the answer"),
    sendLagMs: spread("from the due time to the generator's write: its own delay, excluded from every other figure"),
  },
  { description: "messages of one name" },
);
export type ExchangeReport = Static<typeof ExchangeReport>;

export const PublishReport = Type.Object(
  {
    group: text("that publishes"),
    reaches: text("who should receive it"),
    sent: count("messages"),
    unsent: count("due while their publisher's connection was not open"),
    due: count("each message sent, times its receivers open at that time: received + lost"),
    received: count("due messages that arrived"),
    late: count("part of received"),
    lost: count("due messages that never arrived"),
    duplicated: count("arrived again at the same receiver"),
    outOfOrder: count("arrived after a later one of the same publisher"),
    misdelivered: count("received by connections that should not have"),
    redelivered: Type.Optional(
      count("MQTT: arrived again, marked as a repeat (DUP), which QoS 1 allows; not in duplicated"),
    ),
    queued: Type.Optional(
      count("MQTT: part of received: queued in the session of a disconnected receiver; without latency"),
    ),
    acknowledged: Type.Optional(orNull(count("MQTT: of the sent, by PUBACK or PUBCOMP"), "null: QoS 0")),
    refused: Type.Optional(orNull(count("MQTT: of the sent, with a reason code"), "null: QoS 0")),
    acknowledgedMs: Type.Optional(spread("MQTT: from the generator's write to PUBACK or PUBCOMP; null at QoS 0")),
    latencyMs: spread("from the generator's write to each receiver's kernel stamp"),
    lastReceiverMs: spread(
      "from the generator's write until the last receiver had it; with several shards known only at the end; null if a shard died, or with more than 500,000 messages",
    ),
    sendLagMs: spread("from the due time to the generator's write: its own delay, excluded from every other figure"),
  },
  { description: "messages published to other connections" },
);
export type PublishReport = Static<typeof PublishReport>;

export const ConversationBlock = Type.Object(
  {
    openingFailures: Type.Array(Type.Object({ step: text("which step, and why"), count: count("connections") })),
    replies: count("messages that were answered immediately"),
    beats: Type.Array(ExchangeReport),
    requests: Type.Array(ExchangeReport),
    published: Type.Array(PublishReport),
  },
  { description: "requests and answers, heartbeats, and published messages with their deliveries" },
);
export type ConversationBlock = Static<typeof ConversationBlock>;
