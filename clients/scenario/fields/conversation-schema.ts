/**
 * What clients say and what they expect to hear. Declarative: a dialect is a conversation written in this form. Texts
 * that are sent are templates; `hex:` and `base64:` before one makes it a binary message.
 */
import { type Static, Type } from "#typebox";
import { closed, duration, durationWithoutDefault } from "./shared-fields.ts";

const sent = (description: string) =>
  Type.String({ minLength: 1, description: `${description}; a template, binary with hex: or base64: before it` });

/** Says which messages are meant: every field that is given must hold. */
export const Matcher = closed(
  {
    text: Type.Optional(
      Type.String({
        description: "the whole message; a template, in which {{message}} captures the id of the message answered",
      }),
    ),
    starts: Type.Optional(Type.String({ description: "prefix of the message; a template" })),
    contains: Type.Optional(Type.String({ description: "text that the message contains; a template" })),
    json: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description:
          "JSON paths (data.type, 0 for the first of a list) and their values; anything before the first bracket is skipped; templates, * for any value",
      }),
    ),
    binary: Type.Optional(
      Type.String({ pattern: "^([0-9A-Fa-f]{2})+$", description: "bytes in hex, at the offset `at`" }),
    ),
    at: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1_048_576,
        default: 0,
        description: "offset at which `binary` is expected, in bytes",
      }),
    ),
    opcode: Type.Optional(
      Type.Union([Type.Literal("text"), Type.Literal("binary")], { description: "type of the WebSocket message" }),
    ),
  },
  "which messages match",
);
export type Matcher = Static<typeof Matcher>;

const Take = Type.Record(Type.String(), Type.String({ pattern: "^(json|text):.+$" }), {
  description: "values to keep for this connection: json:PATH or text:REGEX with one group",
});

export const OpeningStep = closed(
  {
    name: Type.Optional(Type.String({ maxLength: 60, description: "name of the step in the report" })),
    send: Type.Optional(sent("what to say")),
    expect: Type.Optional(Matcher),
    take: Type.Optional(Take),
    within: duration("time limit for the answer", "5s"),
  },
  "a step of the opening, before the connection counts as open",
);

export const Reply = closed(
  { when: Matcher, send: Type.Optional(sent("the answer")), take: Type.Optional(Take) },
  "a message that is answered immediately, every time it arrives",
);

const name = Type.String({
  pattern: "^[A-Za-z0-9][A-Za-z0-9 _.-]{0,39}$",
  description: "name in the report and in metrics",
});
const every = durationWithoutDefault("interval at which each connection sends it");

export const Beat = closed(
  {
    name: Type.Optional(name),
    every,
    send: sent("the heartbeat"),
    answer: Type.Optional(Matcher),
    within: duration("time after which an answer counts as late", "5s"),
  },
  "a heartbeat that every connection sends from the moment it opens",
);

export const Request = closed(
  {
    name,
    every,
    send: sent("the request"),
    answer: Type.Optional(Matcher),
    within: duration("time after which an answer counts as late", "5s"),
  },
  "a request, due on every connection at fixed instants of the hold, whatever the connection's state",
);

export const Conversation = closed(
  {
    opening: Type.Optional(
      Type.Array(OpeningStep, {
        maxItems: 32,
        description: "steps in order; a connection counts as open once the last one is complete",
      }),
    ),
    replies: Type.Optional(
      Type.Array(Reply, { maxItems: 64, description: "tried in order; the first that matches is sent" }),
    ),
    beats: Type.Optional(
      Type.Array(Beat, { maxItems: 16, description: "heartbeats, spread evenly over the connections" }),
    ),
    requests: Type.Optional(
      Type.Array(Request, { maxItems: 32, description: "requests, spread evenly over the connections" }),
    ),
    farewell: Type.Optional(sent("message to send before closing")),
    separator: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 8,
        description: "separator between several messages that the service sends as one; each counts separately",
      }),
    ),
  },
  "what the clients send, and what they expect to receive",
);
export type Conversation = Static<typeof Conversation>;

export const Publish = closed(
  {
    every,
    send: sent("message to publish; it should contain {{message}}"),
    reaches: Type.String({
      minLength: 1,
      default: "all",
      description:
        "who should receive it: all, group (the publisher's own), group:NAME, or a value that publisher and receivers share, such as room",
    }),
    sender: Type.Boolean({ default: false, description: "whether the publisher should receive it as well" }),
    arrives: Type.Optional(Matcher),
    within: duration("time after which a message that has not arrived counts as lost", "5s"),
    topic: Type.Optional(
      Type.String({ minLength: 1, description: "with protocol mqtt: topic to publish to, a template" }),
    ),
    qos: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 2, description: "with protocol mqtt: QoS to publish with; 0 by default" }),
    ),
  },
  "messages delivered to other connections, counted at every receiver",
);
export type Publish = Static<typeof Publish>;

export const Group = closed(
  {
    name: Type.String({
      pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$",
      description: "name in the report and in templates",
    }),
    connections: Type.Integer({ minimum: 1, description: "number of connections in this group" }),
    path: Type.Optional(
      Type.String({ pattern: "^/", description: "path and query instead of the target's; a template" }),
    ),
    headers: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: "headers in addition to the scenario's; values are never printed",
      }),
    ),
    subprotocols: Type.Optional(Type.Array(Type.String(), { description: "subprotocols instead of the scenario's" })),
    topics: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: "with protocol mqtt: topic filters instead of mqtt.topics; [] subscribes to nothing",
      }),
    ),
    conversation: Type.Optional(Conversation),
    publish: Type.Optional(Publish),
  },
  "connections that behave the same way",
);
export type Group = Static<typeof Group>;
