/** What a scenario says about its connections: the fields that every kind with long connections shares. */
import { type Static, Type } from "typebox";
import { closed, duration, mostLoad, positive, share } from "./shared-fields.ts";

export const protocols = ["websocket", "sse", "tcp"] as const;

export const Push = closed(
  {
    interval: duration("time between ticks", "10s"),
    bytes: Type.Integer({ minimum: 32, maximum: 1_048_576, default: 100, description: "size of each push message" }),
    timing: Type.Union([Type.Literal("burst"), Type.Literal("spread")], {
      default: "burst",
      description: "all connections at the tick, or spread over the interval",
    }),
    stamp: Type.String({
      default: "auto",
      pattern: "^(auto|holdfast|none|json:.+|binary:.+)$",
      description:
        "where a push carries its due time: auto, holdfast (docs/targets.md), none, json:FIELD[,UNIT,CLOCK] or binary:OFFSET,TYPE[,UNIT,CLOCK] (docs/scenario.md)",
    }),
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
  { perMinute: Type.Number({ exclusiveMinimum: 0, maximum: 6000, description: "percent of the connections replaced each minute of the hold" }) },
  "steady replacement",
);

const SlowReaders = closed(
  {
    share: share("share of the connections that read slowly, 0 to 1"),
    bytesPerSecond: Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: 100, description: "what each of them reads; 0 reads nothing" }),
    receiveBufferBytes: Type.Integer({ minimum: 1024, maximum: 1_073_741_824, default: 4096, description: "their kernel receive buffer" }),
  },
  "connections that read slowly on purpose",
);

export const Storm = closed(
  {
    after: duration("how long into the hold the storm begins", "10s"),
    share: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 1, description: "share of the connections dropped" }),
    by: Type.Union([Type.Literal("us"), Type.Literal("target")], { default: "us", description: "who drops: we do, or we wait for the target to" }),
    manner: Type.Union([Type.Literal("close-frame"), Type.Literal("fin"), Type.Literal("rst")], { default: "rst", description: "how we drop" }),
    window: duration("over which the dropped connections come back", "10s"),
    jitter: Type.Number({ minimum: 0, maximum: 1, default: 1, description: "0: evenly over the window; 1: at a random instant of it" }),
    retries: Type.Integer({ minimum: 0, maximum: 100, default: 10, description: "attempts after the first one is refused" }),
    backoff: duration("before the first retry; doubles each time up to 30 s", "500ms"),
  },
  "a mass disconnect and the return of all",
);

const Tls = closed(
  {
    certificateAuthority: Type.Optional(Type.String({ description: "file with the certificates to trust (PEM)" })),
    insecure: Type.Boolean({ default: false, description: "accept any certificate" }),
  },
  "for wss:// and https:// targets",
);

/** Fields that every kind with connections shares. */
export const connectionFields = {
  protocol: Type.Union([Type.Literal("websocket"), Type.Literal("sse"), Type.Literal("tcp")], {
    default: "websocket",
    description: "what the connections speak",
  }),
  connections: positive("connections to open and hold", 10_000, mostLoad),
  rampPerSecond: Type.Number({ exclusiveMinimum: 0, maximum: mostLoad, default: 2000, description: "connects begun per second, all shards together" }),
  hold: duration("how long all connections are held once the ramp is over", "60s"),
  push: Type.Optional(Push),
  ping: Type.Optional(duration("WebSocket ping on every connection once in this time, for round trips", "10s")),
  silentAfter: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 3, description: "intervals without a push after which a connection is silent" }),
  subscribe: Type.Optional(Type.String({ description: "text to send once on every connection after it opened" })),
  headers: Type.Optional(
    Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1, maxItems: 100 })]), {
      description: "request headers, a list for one that is sent several times; values are never printed",
    }),
  ),
  subprotocols: Type.Optional(
    Type.Array(Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" }), { maxItems: 100, description: "WebSocket subprotocols to offer" }),
  ),
  churn: Type.Optional(Churn),
  slowReaders: Type.Optional(SlowReaders),
  storm: Type.Optional(Storm),
  compression: Type.Boolean({ default: false, description: "offer permessage-deflate (portable engine)" }),
  maxMessageBytes: Type.Integer({ minimum: 125, maximum: 67_108_864, default: 1_048_576, description: "a larger message is a protocol error" }),
  timeouts: Type.Optional(Timeouts),
  engine: Type.Union([Type.Literal("auto"), Type.Literal("kernel"), Type.Literal("portable")], { default: "auto", description: "who reads the sockets" }),
  shards: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: "shard processes; chosen from the plan when left out" })),
  sources: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 4096, description: "local addresses to connect from" })),
  tls: Type.Optional(Tls),
};

export type StormBlock = Static<typeof Storm>;
