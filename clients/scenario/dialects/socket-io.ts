/**
 * Socket.IO protocol 5 on Engine.IO protocol 4 (servers 3 and 4), WebSocket transport only. Channel: the namespace, "/"
 * when left out.
 */
import type { Dialect, Topic } from "./dialect.ts";

const prefix = (type: string, { channel }: Topic): string =>
  channel === undefined || channel === "/" ? type : `${type}${channel},`;

export const socketIo: Dialect = {
  path: "/socket.io/",
  query: { EIO: "4", transport: "websocket" },
  conversation: (topic) => ({
    opening: [
      { name: "engine", expect: { starts: "0{" } },
      { name: "namespace", send: prefix("40", topic), expect: { starts: `${prefix("40", topic)}{` } },
    ],
    replies: [{ when: { text: "2" }, send: "3" }],
    farewell: prefix("41", topic),
  }),
  publish: (topic) => {
    const event = topic.event ?? "message";
    return {
      send: `${prefix("42", topic)}[${JSON.stringify(event)},{"id":"{{message}}"}]`,
      arrives: { json: { "0": event, "1.id": "{{message}}" } },
    };
  },
};
