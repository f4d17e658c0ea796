/**
 * What clients say and what they expect to hear. Declarative: a dialect is a conversation written in this form. Texts
 * that are sent are templates; `hex:` and `base64:` before one makes it a binary message.
 */
import { type Static, Type } from "typebox";
import { closed, duration, durationWithoutDefault } from "./shared-fields.ts";

const sent = (description: string) =>
  Type.String({ minLength: 1, description: `${description}; a template, binary with hex: or base64: before it` });

/** Says which messages are meant: every field that is given must hold. */
export const Matcher = closed(
  {
    text: Type.Optional(
      Type.String({ description: "the whole message; a template, {{message}} takes the id of what is answered" }),
    ),
    starts: Type.Optional(Type.String({ description: "how the message begins; a template" })),
    contains: Type.Optional(Type.String({ description: "what is somewhere in it; a template" })),
    json: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description:
          "paths (data.type, 0 for the first of a list) and the values there, behind whatever stands before the first bracket; templates, * for any value",
      }),
    ),
    binary: Type.Optional(
      Type.String({ pattern: "^([0-9A-Fa-f]{2})+$", description: "bytes in hex, at the offset `at`" }),
    ),
    at: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 1_048_576, default: 0, description: "where `binary` is looked for, bytes" }),
    ),
    opcode: Type.Optional(
      Type.Union([Type.Literal("text"), Type.Literal("binary")], { description: "of a WebSocket message" }),
    ),
  },
  "which messages are meant",
);
export type Matcher = Static<typeof Matcher>;

const Take = Type.Record(Type.String(), Type.String({ pattern: "^(json|text):.+$" }), {
  description: "values to keep for this connection: json:PATH or text:REGEX with one group",
});

export const OpeningStep = closed(
  {
    name: Type.Optional(Type.String({ maxLength: 60, description: "what the step is called in the report" })),
    send: Type.Optional(sent("what to say")),
    expect: Type.Optional(Matcher),
    take: Type.Optional(Take),
    within: duration("how long the answer may take", "5s"),
  },
  "a step before the connection counts as opened",
);

export const Reply = closed(
  { when: Matcher, send: Type.Optional(sent("the answer")), take: Type.Optional(Take) },
  "what is answered at once, as often as it is asked",
);

const name = Type.String({
  pattern: "^[A-Za-z0-9][A-Za-z0-9 _.-]{0,39}$",
  description: "its name in report and metrics",
});
const every = durationWithoutDefault("how often each connection sends it");

export const Beat = closed(
  {
    name: Type.Optional(name),
    every,
    send: sent("the heartbeat"),
    answer: Type.Optional(Matcher),
    within: duration("after which an answer is late", "5s"),
  },
  "a heartbeat, sent by every open connection from its opening on",
);

export const Request = closed(
  {
    name,
    every,
    send: sent("the request"),
    answer: Type.Optional(Matcher),
    within: duration("after which an answer is late", "5s"),
  },
  "a request, due on every connection at its instants of the hold, whatever the connection's state",
);

export const Conversation = closed(
  {
    opening: Type.Optional(
      Type.Array(OpeningStep, {
        maxItems: 32,
        description: "steps in their order; a connection is opened when the last was met",
      }),
    ),
    replies: Type.Optional(
      Type.Array(Reply, { maxItems: 64, description: "tried in their order, the first that matches answers" }),
    ),
    beats: Type.Optional(Type.Array(Beat, { maxItems: 16, description: "heartbeats, spread over the connections" })),
    requests: Type.Optional(
      Type.Array(Request, { maxItems: 32, description: "requests, spread over the connections" }),
    ),
    farewell: Type.Optional(sent("what to say before closing")),
    separator: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 8,
        description: "what stands between several messages that the service puts into one: each counts by itself",
      }),
    ),
  },
  "what the clients say and expect to hear",
);
export type Conversation = Static<typeof Conversation>;

export const Publish = closed(
  {
    every,
    send: sent("what is published; it should carry {{message}}"),
    reaches: Type.String({
      minLength: 1,
      default: "all",
      description:
        "who should have it: all, group (the publisher's own), group:NAME, or a value that publisher and receivers share, such as room",
    }),
    sender: Type.Boolean({ default: false, description: "whether the publisher should have it too" }),
    arrives: Type.Optional(Matcher),
    within: duration("after which a message that did not arrive is lost", "5s"),
    topic: Type.Optional(
      Type.String({ minLength: 1, description: "with protocol mqtt: topic to publish to, a template" }),
    ),
    qos: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 2, description: "with protocol mqtt: QoS to publish with; 0 when left out" }),
    ),
  },
  "messages that reach other connections, counted at every receiver",
);
export type Publish = Static<typeof Publish>;

export const Group = closed(
  {
    name: Type.String({
      pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$",
      description: "its name in report and templates",
    }),
    connections: Type.Integer({ minimum: 1, description: "connections of this group" }),
    path: Type.Optional(
      Type.String({ pattern: "^/", description: "path and query instead of the target's; a template" }),
    ),
    headers: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: "headers beside the scenario's; values are never printed",
      }),
    ),
    subprotocols: Type.Optional(Type.Array(Type.String(), { description: "subprotocols instead of the scenario's" })),
    topics: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: "with protocol mqtt: topic filters instead of those of mqtt.topics; []: it subscribes to nothing",
      }),
    ),
    conversation: Type.Optional(Conversation),
    publish: Type.Optional(Publish),
  },
  "connections that behave alike",
);
export type Group = Static<typeof Group>;
