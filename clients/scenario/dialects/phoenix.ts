/** Phoenix channels, serializer 2.0.0 (Phoenix 1.4 to 1.8). Channel: the topic to join, such as room:lobby. */
import type { Dialect } from "./dialect.ts";

export const phoenix: Dialect = {
  path: "/socket/websocket",
  query: { vsn: "2.0.0" },
  needsChannel: true,
  conversation: ({ channel = "" }) => ({
    opening: [
      {
        name: "join",
        send: `["1","1",${JSON.stringify(channel)},"phx_join",{}]`,
        expect: { json: { "1": "1", "3": "phx_reply", "4.status": "ok" } },
      },
    ],
    replies: [{ when: { json: { "2": channel, "3": "phx_reply" } } }],
    beats: [
      {
        name: "heartbeat",
        every: "30s",
        send: '[null,"{{message}}","phoenix","heartbeat",{}]',
        answer: { json: { "1": "{{message}}", "2": "phoenix", "3": "phx_reply" } },
      },
    ],
    farewell: `["1","2",${JSON.stringify(channel)},"phx_leave",{}]`,
  }),
  publish: ({ channel = "", event = "message" }) => ({
    send: `["1","{{message}}",${JSON.stringify(channel)},${JSON.stringify(event)},{"id":"{{message}}"}]`,
    arrives: { json: { "3": event, "4.id": "{{message}}" } },
  }),
};
