/**
 * Commented scenarios to begin with, one for each kind of service people run. Each is read by the real validator in the
 * tests.
 */

interface Beginning {
  /** What it is for, in a line of the list. */
  title: string;
  /** A target of the shape the service has. */
  target: string;
  /** The fields of its own, with their comments; without kind and target. */
  fields: string;
}

const load = `connections: 1000              # opened, held, and tracked individually
rampPerSecond: 500             # connects started per second
hold: 60s                      # starts once all of them were due
# stages: ["1000 over 10s hold 30s", "200 over 5s hold 30s"]   # instead of these three: up and down in one run
`;

const pushes = `push:
  interval: 10s                # how often the service pushes to each connection
  stamp: auto                  # or where a message carries its send time: json:sentAt,ms or text:at=(?<ms>[0-9]+)
`;

const talking = `# One token per connection: column "token" of the file, used as {{token}} in target, headers and messages.
# data: { file: users.csv }
# headers: { Authorization: "Bearer {{token}}" }
`;

const ownLimits = (
  figure: string,
): string => `limits:                        # a limit on a figure that was not measured makes the run invalid
  - "unexpectedCloseRatio <= 0.001"
  - "refusedRatio <= 0.001"
  - "${figure}"
`;

const watched = `# pid: [12345]                 # a server on this machine: also record its memory, CPU time and descriptors
# keeper: http://127.0.0.1:7070  # the same for a server on another machine: docs/keeper.md
`;

const dialect = (name: string, topic: string, publishing: string): string =>
  `dialect: ${name}${" ".repeat(Math.max(1, 22 - name.length))}# handshake, subscription and heartbeats of the protocol
${topic}${load}${talking}${publishing}${pushes}${watched}${ownLimits("connectMs.p99 <= 1000")}`;

const publishing = `# Clients that publish: each message is counted at every connection that should receive it.
# publish: { every: 30s, reaches: all }
`;

const websocket = `${load}ping: 10s                      # round trips on every connection, if messages carry no timestamp
${talking}# subscribe: '{"type":"subscribe","channel":"news"}'   # sent once by each connection; longer handshakes: docs/conversations.md
# tls: { certificateAuthority: ca.pem }   # for wss:// with your own certificate authority
${pushes}${watched}${ownLimits("pingMs.p99 <= 100")}`;

const api = `users: 100                     # one connection each; each sends the next request after its answer
# rate: 2000                   # instead: requests due per second, regardless of answers
hold: 30s
warmUp: 5s
paths: [/]                     # one is chosen for each request
expectBody: none               # or json, contains:TEXT, equals:TEXT
# headers: { Authorization: "Bearer TOKEN" }
${watched}limits:
  - "requestMs.p99 <= 200"
`;

const streams = `users: 100                     # one stream each at a time; each requests the next when it has ended
# rate: 20                     # instead: streams due per second, regardless of answers
hold: 60s                      # how long streams are requested; those in progress may then finish
body: '{"stream":true,"messages":[{"role":"user","content":"Count to ten."}]}'
ends: "[DONE]"                 # the data of the last event; or event:NAME, json:FIELD=VALUE, body
# headers: { Authorization: "Bearer TOKEN" }
# timeouts: { firstEvent: 30s, gap: 30s }
${watched}limits:
  - "firstEventMs.p99 <= 2000"
  - "eventGapMs.p99 <= 500"
  - "failedRatio <= 0.001"
`;

const beginnings = {
  ws: { title: "a WebSocket server", target: "ws://127.0.0.1:8080/ws", fields: websocket },
  "socket.io": {
    title: "Socket.IO 4",
    target: "ws://127.0.0.1:3000",
    fields: dialect(
      "socket.io",
      '# channel: /chat              # the namespace, "/" when left out\n# event: chat                  # what clients publish\n',
      publishing,
    ),
  },
  "graphql-ws": {
    title: "GraphQL subscriptions over graphql-ws",
    target: "ws://127.0.0.1:4000/graphql",
    fields: dialect(
      "graphql-ws",
      "channel: subscription { tick } # the subscription document, or the name of its field\n",
      "",
    ),
  },
  centrifugo: {
    title: "Centrifugo",
    target: "ws://127.0.0.1:8000/connection/websocket",
    fields: dialect("centrifugo", "channel: news                  # what to subscribe to\n", publishing),
  },
  nats: {
    title: "NATS",
    target: "tcp://127.0.0.1:4222",
    fields: dialect("nats", "channel: news                  # the subject to subscribe to\n", publishing).replace(
      /^# headers: .*\n/m,
      "",
    ),
  },
  phoenix: {
    title: "Phoenix channels",
    target: "ws://127.0.0.1:4000/socket/websocket",
    fields: dialect("phoenix", "channel: room:lobby            # the topic to join\n", publishing),
  },
  stomp: {
    title: "STOMP over WebSocket (RabbitMQ, ActiveMQ, Spring)",
    target: "ws://127.0.0.1:15674/ws",
    fields: dialect("stomp", "channel: /topic/news           # the destination\n", publishing),
  },
  signalr: { title: "SignalR (ASP.NET Core)", target: "ws://127.0.0.1:5000/hub", fields: dialect("signalr", "", "") },
  pusher: {
    title: "Pusher Channels, Soketi, Laravel Reverb",
    target: "ws://127.0.0.1:6001/app/KEY",
    fields: dialect("pusher", "channel: news                  # a public channel\n", ""),
  },
  mqtt: {
    title: "an MQTT broker",
    target: "mqtt://127.0.0.1:1883",
    fields: `${load}mqtt:
  version: 5                   # or 3.1.1
  topics: ["dev/{{index}}"]    # what each connection subscribes to; {{index}} is its number
  qos: 1
  keepAlive: 60s
  # user: "{{device}}"         # with data: { file: devices.csv }; the same for password, clientId and will
  # publish: { topic: "dev/{{index}}/up", every: 10s, share: 0.1, qos: 1 }
ping: 10s                      # PINGREQ round trips
${pushes}${watched}${ownLimits("pingMs.p99 <= 100")}`,
  },
  sse: {
    title: "server-sent events",
    target: "http://127.0.0.1:8080/events",
    fields: `protocol: sse
${load}${talking}${pushes}${watched}${ownLimits("connectMs.p99 <= 1000")}`,
  },
  tcp: {
    title: "length-prefixed messages over plain TCP",
    target: "tcp://127.0.0.1:9000",
    fields: `${load}${pushes}${watched}${ownLimits("connectMs.p99 <= 1000")}`,
  },
  streams: {
    title: "requests answered by event streams, such as a language model's tokens",
    target: "http://127.0.0.1:8080/v1/chat/completions",
    fields: streams,
  },
  api: { title: "an HTTP API", target: "http://127.0.0.1:8080", fields: api },
} as const satisfies Record<string, Beginning>;

export type BeginningName = keyof typeof beginnings;
export const beginningNames = Object.keys(beginnings) as BeginningName[];

/** Name and purpose of each, in the order of a list. */
export const beginningTitles: readonly (readonly [BeginningName, string])[] = beginningNames.map((name) => [
  name,
  beginnings[name].title,
]);

/** A commented scenario in YAML for a service of this kind, against `target` where one is given. */
export function startingScenario(name: BeginningName, target: string = beginnings[name].target): string {
  const { title, fields } = beginnings[name];
  return `# Holdfast scenario for ${title}. Run it: holdfast run FILE
# Every field: docs/scenario.md. Commented lines are what most people add next.
kind: ${name === "api" || name === "streams" ? name : "connections"}
target: ${JSON.stringify(target)}
# A target on another machine also needs --allow-host HOST on the command line.
${fields}`;
}
