/**
 * Pusher Channels protocol 7 (Pusher, Soketi, Laravel Reverb). The target's path is /app/KEY; channel: a public one.
 */
import type { Dialect } from "./dialect.ts";

export const pusher: Dialect = {
  query: { protocol: "7", client: "holdfast", version: "1" },
  conversation: ({ channel }) => ({
    opening: [
      { name: "established", expect: { json: { event: "pusher:connection_established" } } },
      ...(channel === undefined
        ? []
        : [
            {
              name: "subscribe",
              send: `{"event":"pusher:subscribe","data":{"channel":${JSON.stringify(channel)}}}`,
              expect: { json: { event: "pusher_internal:subscription_succeeded" } },
            },
          ]),
    ],
    replies: [{ when: { json: { event: "pusher:ping" } }, send: '{"event":"pusher:pong","data":{}}' }],
    beats: [
      {
        name: "ping",
        every: "25s",
        send: '{"event":"pusher:ping","data":{}}',
        answer: { json: { event: "pusher:pong" } },
      },
    ],
  }),
};
