/** What a scenario says about its connections: the fields that every kind with long connections shares. */
import { type Static, Type } from "#typebox";
import { dialectNames } from "../dialects/dialects.ts";
import { Conversation, Group, Publish } from "./conversation-schema.ts";
import { dialFields } from "./dial-fields.ts";
import { Mqtt } from "./mqtt-fields.ts";
import { Reconnect } from "./reconnect-fields.ts";
import { closed, duration, mostLoad, positive, share } from "./shared-fields.ts";
import { Stages } from "./stage-fields.ts";
import { dataOf, Vars } from "./values-schema.ts";

export const protocols = ["websocket", "sse", "tcp", "mqtt"] as const;

export const Push = closed(
  {
    interval: duration("time between ticks, 10ms to 1h", "10s", { minimumMs: 10, maximumMs: 3_600_000 }),
    bytes: Type.Integer({
      minimum: 32,
      maximum: 1_048_576,
      default: 100,
      description: "size of each push message in bytes",
    }),
    timing: Type.Union([Type.Literal("burst"), Type.Literal("spread")], {
      default: "burst",
      description: "burst: all connections at the tick; spread: evenly over the interval",
    }),
    stamp: Type.String({
      default: "auto",
      pattern: "^(auto|holdfast|none|json:.+|text:.+|binary:.+)$",
      description:
        "where a push carries its timestamp: auto, holdfast (docs/targets.md), none, json:FIELD[,UNIT,CLOCK], text:REGEX with one group or binary:OFFSET,TYPE[,UNIT,CLOCK] (docs/scenario.md)",
    }),
    sequence: Type.Optional(
      Type.String({
        pattern: "^(json|text|binary):.+$",
        description:
          "where a message carries its sequence number, for services that number theirs: json:FIELD, text:REGEX with one group or binary:OFFSET,TYPE",
      }),
    ),
    channel: Type.Optional(
      Type.String({
        pattern: "^(json|text|binary):.+$",
        description:
          "where a message names the channel that its sequence number belongs to; by default numbers run per connection",
      }),
    ),
  },
  "what the target pushes",
);

const Timeouts = closed(
  {
    connect: duration("limit for establishing the TCP connection", "10s"),
    upgrade: duration("limit for the answer to the upgrade", "10s"),
    close: duration("limit for the peer to answer the close", "5s"),
  },
  "time limits for each phase of a connection",
);

const Churn = closed(
  {
    perMinute: Type.Number({
      exclusiveMinimum: 0,
      maximum: 6000,
      description: "percentage of connections replaced per minute of the hold",
    }),
  },
  "steady replacement of connections",
);

const SlowReaders = closed(
  {
    share: share("share of the connections that read slowly, 0 to 1"),
    bytesPerSecond: Type.Integer({
      minimum: 0,
      maximum: 1_000_000_000,
      default: 100,
      description: "bytes per second that each of them reads; 0 reads nothing",
    }),
    receiveBufferBytes: Type.Integer({
      minimum: 1024,
      maximum: 1_073_741_824,
      default: 4096,
      description: "size of their kernel receive buffer in bytes",
    }),
  },
  "connections that read slowly on purpose",
);

export const Storm = closed(
  {
    after: duration("how long after the start of the hold the storm begins", "10s", { minimumMs: 0 }),
    share: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 1,
      description: "share of the connections dropped",
    }),
    by: Type.Union([Type.Literal("us"), Type.Literal("target")], {
      default: "us",
      description: "who drops the connections: us (the generator) or the target",
    }),
    manner: Type.Union([Type.Literal("close-frame"), Type.Literal("fin"), Type.Literal("rst")], {
      default: "rst",
      description: "how the generator drops them",
    }),
    window: duration("time over which the dropped connections come back", "10s", { minimumMs: 0 }),
    jitter: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 1,
      description: "0: spread evenly over the window; 1: at random instants within it",
    }),
    retries: Type.Integer({
      minimum: 0,
      maximum: 100,
      default: 10,
      description: "retries after the first attempt is refused",
    }),
    backoff: duration("delay before the first retry; doubles each time, up to 30 s", "500ms", { minimumMs: 0 }),
  },
  "disconnect many connections at once and measure how they come back",
);

/** Fields that every kind with connections shares. */
export const connectionFields = {
  protocol: Type.Unsafe<(typeof protocols)[number]>(
    Type.Union(
      protocols.map((word) => Type.Literal(word)),
      {
        default: "websocket",
        description: "protocol of the connections; follows from the URL for mqtt://, tcp:// and nats:// targets",
      },
    ),
  ),
  connections: positive("connections to open and hold", 10_000, mostLoad),
  rampPerSecond: Type.Number({
    exclusiveMinimum: 0,
    maximum: mostLoad,
    default: 2000,
    description: "connection attempts started per second, over all shards",
  }),
  hold: duration("how long all connections are held after the ramp", "60s"),
  stages: Type.Optional(Stages),
  push: Type.Optional(Push),
  ping: Type.Optional(
    duration(
      "interval at which every connection sends a WebSocket ping or an MQTT PINGREQ, to measure round trips",
      "10s",
      {
        minimumMs: 10,
      },
    ),
  ),
  silentAfter: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 3,
    description: "push intervals without a push after which a connection counts as silent",
  }),
  subscribe: Type.Optional(
    Type.String({ description: "text sent once on every connection after it opens; a template" }),
  ),
  headers: Type.Optional(
    Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1, maxItems: 100 })]), {
      description: "request headers; use a list to send one several times; templates; values are never printed",
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
        "file that implements your own protocol (docs/protocols.md), same as --protocol ./mine.ts; never accepted over the network",
    }),
  ),
  framing: Type.Optional(
    Type.Union([Type.Literal("length"), Type.Literal("lines"), Type.Literal("nats")], {
      description:
        "raw TCP: how messages are delimited: by a length prefix (docs/targets.md, the default), by line, or as in NATS",
    }),
  ),
  data: Type.Optional(dataOf("connection")),
  vars: Type.Optional(Vars),
  groups: Type.Optional(
    Type.Array(Group, {
      minItems: 1,
      maxItems: 200,
      description: "groups of connections that behave differently; `connections` is their sum",
    }),
  ),
  dialect: Type.Optional(
    Type.Union(
      dialectNames.map((name) => Type.Literal(name)),
      {
        description:
          "application protocol, mostly on top of WebSocket, whose handshake and heartbeats the clients handle (docs/conversations.md)",
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
    Type.String({ minLength: 1, description: "with a dialect: the event or method that clients publish with" }),
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
    description: "largest message accepted, in bytes; a larger one is a protocol error",
  }),
  timeouts: Type.Optional(Timeouts),
  ...dialFields,
  mqtt: Type.Optional(Mqtt),
};

export type StormBlock = Static<typeof Storm>;
