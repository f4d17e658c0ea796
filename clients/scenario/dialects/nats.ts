/**
 * NATS core over TCP (nats-server 2), subjects in clear. Channel: the subject to subscribe to, `>` when left out; what
 * clients publish goes to it.
 */
import type { Dialect } from "./dialect.ts";

/** Without the echo of what a connection publishes itself: who should have a message is everybody else. */
const connect = { verbose: false, pedantic: false, echo: false, lang: "holdfast", version: "0.1.0", protocol: 1 };

export const nats: Dialect = {
  protocol: "tcp",
  framing: "nats",
  conversation: ({ channel = ">" }) => ({
    opening: [
      { name: "connect", send: `CONNECT ${JSON.stringify(connect)}\r\nPING`, expect: { text: "PONG" } },
      { name: "subscribe", send: `SUB ${channel} 1\r\nPING`, expect: { text: "PONG" } },
    ],
    replies: [{ when: { text: "PING" }, send: "PONG" }, { when: { starts: "INFO " } }],
  }),
  publish: ({ channel = "holdfast" }) => ({
    send: `PUB ${channel}\r\n{"id":"{{message}}"}`,
    arrives: { json: { id: "{{message}}" } },
  }),
};
