/**
 * SignalR hub protocol 1 in JSON (ASP.NET Core), WebSocket without negotiation. The target's path is the hub's; event:
 * the hub method that publishes.
 */
import type { Dialect } from "./dialect.ts";

/** Ends every message. */
const end = "\u001e";

export const signalr: Dialect = {
  conversation: () => ({
    separator: end,
    opening: [{ name: "handshake", send: `{"protocol":"json","version":1}${end}`, expect: { text: "{}" } }],
    replies: [{ when: { starts: '{"type":6}' } }],
    // The server gives up after 30 s without a message from the client.
    beats: [{ name: "ping", every: "10s", send: `{"type":6}${end}` }],
  }),
  publish: ({ event = "message" }) => ({
    send: `{"type":1,"target":${JSON.stringify(event)},"arguments":[{"id":"{{message}}"}]}${end}`,
    arrives: { json: { type: 1, target: event, "arguments.0.id": "{{message}}" } },
  }),
};
