/** What a scenario says about its connections: the fields that every kind with long connections shares. */
import { type Static, Type } from "typebox";
import { dialectNames } from "../dialects/dialects.ts";
import { Conversation, Group, Publish } from "./conversation-schema.ts";
import { dialFields } from "./dial-fields.ts";
import { Mqtt } from "./mqtt-fields.ts";
import { Reconnect } from "./reconnect-fields.ts";
import { closed, duration, mostLoad, positive, share } from "./shared-fields.ts";
import { Stages } from "./stage-fields.ts";
import { Data, Vars } from "./values-schema.ts";

export const protocols = ["websocket", "sse", "tcp", "mqtt"] as const;

export const Push = closed(
  {
    interval: duration("time between ticks, 10ms to 1h", "10s", { minimumMs: 10, maximumMs: 3_600_000 }),
    bytes: Type.Integer({ minimum: 32, maximum: 1_048_576, default: 100, description: "size of each push message" }),
    timing: Type.Union([Type.Literal("burst"), Type.Literal("spread")], {
      default: "burst",
      description: "all connections at the tick, or spread over the interval",
    }),
    stamp: Type.String({
      default: "auto",
      pattern: "^(auto|holdfast|none|json:.+|text:.+|binary:.+)$",
      description:
        "where a push carries its due time: auto, holdfast (docs/targets.md), none, json:FIELD[,UNIT,CLOCK], text:REGEX with one group or binary:OFFSET,TYPE[,UNIT,CLOCK] (docs/scenario.md)",
    }),
    sequence: Type.Optional(
      Type.String({
        pattern: "^(json|text|binary):.+$",
        description:
          "where a service that numbers its messages has the number: json:FIELD, text:REGEX with one group or binary:OFFSET,TYPE",
      }),
    ),
    channel: Type.Optional(
      Type.String({
        pattern: "^(json|text|binary):.+$",
        description:
          "where a message names the channel whose messages are numbered; the connection's are when left out",
      }),
    ),
  },
  "what the target pushes",
);

const Timeouts = closed(
  {
    connect: duration("until the TCP connection stands", "10s"),
    upgrade: duration("until the upgrade is answered", "10s"),
    close: duration("until the peer answers our farewell", "5s"),
  },
  "how long each phase of a connection may take",
);

const Churn = closed(
  {
    perMinute: Type.Number({
      exclusiveMinimum: 0,
      maximum: 6000,
      description: "percent of the connections replaced each minute of the hold",
    }),
  },
  "steady replacement",
);

const SlowReaders = closed(
  {
    share: share("share of the connections that read slowly, 0 to 1"),
    bytesPerSecond: Type.Integer({
      minimum: 0,
      maximum: 1_000_000_000,
      default: 100,
      description: "what each of them reads; 0 reads nothing",
    }),
    receiveBufferBytes: Type.Integer({
      minimum: 1024,
      maximum: 1_073_741_824,
      default: 4096,
      description: "their kernel receive buffer",
    }),
  },
  "connections that read slowly on purpose",
);

export const Storm = closed(
  {
    after: duration("how long into the hold the storm begins", "10s", { minimumMs: 0 }),
    share: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 1,
      description: "share of the connections dropped",
    }),
    by: Type.Union([Type.Literal("us"), Type.Literal("target")], {
      default: "us",
      description: "who drops: we do, or we wait for the target to",
    }),
    manner: Type.Union([Type.Literal("close-frame"), Type.Literal("fin"), Type.Literal("rst")], {
      default: "rst",
      description: "how we drop",
    }),
    window: duration("over which the dropped connections come back", "10s", { minimumMs: 0 }),
    jitter: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 1,
      description: "0: evenly over the window; 1: at a random instant of it",
    }),
    retries: Type.Integer({
      minimum: 0,
      maximum: 100,
      default: 10,
      description: "attempts after the first one is refused",
    }),
    backoff: duration("before the first retry; doubles each time up to 30 s", "500ms", { minimumMs: 0 }),
  },
  "a mass disconnect and the return of all",
);

/** Fields that every kind with connections shares. */
export const connectionFields = {
  protocol: Type.Union([Type.Literal("websocket"), Type.Literal("sse"), Type.Literal("tcp"), Type.Literal("mqtt")], {
    default: "websocket",
    description: "what the connections speak; mqtt for mqtt:// targets, tcp for tcp:// and nats:// ones, when left out",
  }),
  connections: positive("connections to open and hold", 10_000, mostLoad),
  rampPerSecond: Type.Number({
    exclusiveMinimum: 0,
    maximum: mostLoad,
    default: 2000,
    description: "connects begun per second, all shards together",
  }),
  hold: duration("how long all connections are held once the ramp is over", "60s"),
  stages: Type.Optional(Stages),
  push: Type.Optional(Push),
  ping: Type.Optional(
    duration("WebSocket ping or MQTT PINGREQ on every connection once in this time, for round trips", "10s", {
      minimumMs: 10,
    }),
  ),
  silentAfter: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 3,
    description: "intervals without a push after which a connection is silent",
  }),
  subscribe: Type.Optional(
    Type.String({ description: "text to send once on every connection after it opened; a template" }),
  ),
  headers: Type.Optional(
    Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1, maxItems: 100 })]), {
      description: "request headers, a list for one that is sent several times; templates; values are never printed",
    }),
  ),
  subprotocols: Type.Optional(
    Type.Array(Type.String({ pattern: "^([!#$%&'*+.^_`|~0-9A-Za-z-]|\\{\\{[^{}]*\\}\\})+$" }), {
      maxItems: 100,
      description: "WebSocket subprotocols to offer; templates",
    }),
  ),
  protocolModule: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        "file of a protocol of your own (docs/protocols.md), as --protocol ./mine.ts says it too; never taken from the network",
    }),
  ),
  framing: Type.Optional(
    Type.Union([Type.Literal("length"), Type.Literal("lines"), Type.Literal("nats")], {
      description:
        "raw TCP: how messages are told apart; a length before each (docs/targets.md) when left out, a line each, or as NATS does",
    }),
  ),
  data: Type.Optional(Data),
  vars: Type.Optional(Vars),
  groups: Type.Optional(
    Type.Array(Group, {
      minItems: 1,
      maxItems: 200,
      description: "connections of several kinds; their sum is `connections`",
    }),
  ),
  dialect: Type.Optional(
    Type.Union(
      dialectNames.map((name) => Type.Literal(name)),
      {
        description:
          "protocol, most of them on top of WebSocket, whose handshake and heartbeats the clients speak (docs/conversations.md)",
      },
    ),
  ),
  channel: Type.Optional(
    Type.String({
      minLength: 1,
      description: "with a dialect: what to subscribe to (channel, topic, destination, namespace); a template",
    }),
  ),
  event: Type.Optional(
    Type.String({ minLength: 1, description: "with a dialect: the event, or method, by which clients publish" }),
  ),
  conversation: Type.Optional(Conversation),
  publish: Type.Optional(Publish),
  churn: Type.Optional(Churn),
  slowReaders: Type.Optional(SlowReaders),
  storm: Type.Optional(Storm),
  reconnect: Type.Optional(Reconnect),
  compression: Type.Boolean({ default: false, description: "offer permessage-deflate" }),
  maxMessageBytes: Type.Integer({
    minimum: 125,
    maximum: 67_108_864,
    default: 1_048_576,
    description: "a larger message is a protocol error",
  }),
  timeouts: Type.Optional(Timeouts),
  ...dialFields,
  mqtt: Type.Optional(Mqtt),
};

export type StormBlock = Static<typeof Storm>;
