/**
 * Centrifugo's client protocol 2 in JSON (Centrifugo 4 to 6). Channel: subscribed to after the connect; without one,
 * server-side subscriptions.
 */
import type { Dialect } from "./dialect.ts";

export const centrifugo: Dialect = {
  path: "/connection/websocket",
  conversation: ({ channel }) => ({
    separator: "\n",
    opening: [
      { name: "connect", send: '{"id":1,"connect":{}}', expect: { json: { id: 1, connect: "*" } } },
      ...(channel === undefined
        ? []
        : [
            {
              name: "subscribe",
              send: `{"id":2,"subscribe":{"channel":${JSON.stringify(channel)}}}`,
              expect: { json: { id: 2, subscribe: "*" } },
            },
          ]),
    ],
    replies: [{ when: { text: "{}" }, send: "{}" }, { when: { json: { publish: "*" } } }],
  }),
  publish: ({ channel = "" }) => ({
    send: `{"id":{{sequence + 3}},"publish":{"channel":${JSON.stringify(channel)},"data":{"id":"{{message}}"}}}`,
    arrives: { json: { "push.pub.data.id": "{{message}}" } },
    // Who is subscribed has it, its sender too.
    sender: true,
  }),
};
