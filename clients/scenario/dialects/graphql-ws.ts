/**
 * GraphQL over WebSocket, subprotocol graphql-transport-ws (graphql-ws 5 and 6). Channel: the subscription, a whole
 * document or the name of a field.
 */
import type { Dialect } from "./dialect.ts";

const documentOf = (channel: string): string =>
  channel.includes("{ ") || /^\s*subscription\b/.test(channel) ? channel : `subscription { ${channel} }`;

export const graphqlWs: Dialect = {
  path: "/graphql",
  subprotocols: ["graphql-transport-ws"],
  needsChannel: true,
  conversation: ({ channel = "" }) => ({
    opening: [
      { name: "init", send: '{"type":"connection_init"}', expect: { json: { type: "connection_ack" } } },
      {
        name: "subscribe",
        send: `{"id":"1","type":"subscribe","payload":{"query":${JSON.stringify(documentOf(channel))}}}`,
      },
    ],
    replies: [{ when: { json: { type: "ping" } }, send: '{"type":"pong"}' }, { when: { json: { type: "complete" } } }],
    farewell: '{"id":"1","type":"complete"}',
  }),
};
