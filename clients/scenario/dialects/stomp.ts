/** STOMP 1.2 over WebSocket (RabbitMQ Web STOMP, Spring). Channel: the destination, such as /topic/prices. */
import type { Dialect } from "./dialect.ts";

export const stomp: Dialect = {
  subprotocols: ["v12.stomp"],
  needsChannel: true,
  conversation: ({ channel = "" }) => ({
    opening: [
      {
        name: "connect",
        send: "CONNECT\naccept-version:1.2\nhost:/\nheart-beat:10000,10000\n\n\0",
        expect: { starts: "CONNECTED\n" },
      },
      {
        name: "subscribe",
        send: `SUBSCRIBE\nid:0\ndestination:${channel}\nreceipt:opened\n\n\0`,
        expect: { starts: "RECEIPT\n" },
      },
    ],
    replies: [{ when: { text: "\n" } }],
    // Twice as often as promised: beats are spread over the connections.
    beats: [{ name: "heart-beat", every: "5s", send: "\n" }],
    farewell: "DISCONNECT\n\n\0",
  }),
  publish: ({ channel = "" }) => ({
    send: `SEND\ndestination:${channel}\ncontent-type:application/json\n\n{"id":"{{message}}"}\0`,
    arrives: { json: { id: "{{message}}" } },
    // A broker knows no sender: who is subscribed has it.
    sender: true,
  }),
};
