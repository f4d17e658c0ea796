import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WebSocket } from "ws";
import { trialRun } from "../testing/run-rig.ts";
import { talkingService } from "../testing/talking-service.ts";

/**
 * A minimal server following the specification: its replies, its greeting, and what it pushes to subscribed clients.
 */
interface StandIn {
  dialect: string;
  greeting?: string;
  /** [beginning of a client's message, the reply] */
  answers: [string, string][];
  subscribed: string;
  push: string;
  /** A heartbeat of the server, and the expected answer. */
  asks?: [string, string];
}

const standIns: StandIn[] = [
  {
    dialect: "centrifugo",
    answers: [
      ['{"id":1,"connect"', '{"id":1,"connect":{"client":"c","version":"6.0.0","ping":25,"pong":true}}'],
      ['{"id":2,"subscribe":{"channel":"news"}}', '{"id":2,"subscribe":{}}'],
    ],
    subscribed: '{"id":2',
    push: '{"push":{"channel":"news","pub":{"data":{"n":1}}}}',
    asks: ["{}", "{}"],
  },
  {
    dialect: "stomp",
    answers: [
      ["CONNECT\n", "CONNECTED\nversion:1.2\nheart-beat:10000,10000\n\n\0"],
      ["SUBSCRIBE\nid:0\ndestination:news\n", "RECEIPT\nreceipt-id:opened\n\n\0"],
    ],
    subscribed: "SUBSCRIBE\n",
    push: "MESSAGE\nsubscription:0\nmessage-id:1\ndestination:news\n\nhello\0",
  },
  {
    dialect: "phoenix",
    answers: [['["1","1","news","phx_join"', '["1","1","news","phx_reply",{"status":"ok","response":{}}]']],
    subscribed: '["1","1"',
    push: '["1",null,"news","headline",{"n":1}]',
  },
  {
    dialect: "signalr",
    answers: [['{"protocol":"json"', "{}\u001e"]],
    subscribed: '{"protocol"',
    push: '{"type":1,"target":"headline","arguments":[1]}\u001e',
  },
  {
    dialect: "pusher",
    greeting:
      '{"event":"pusher:connection_established","data":"{\\"socket_id\\":\\"1.1\\",\\"activity_timeout\\":120}"}',
    answers: [
      [
        '{"event":"pusher:subscribe"',
        '{"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}',
      ],
    ],
    subscribed: '{"event":"pusher:subscribe"',
    push: '{"event":"headline","channel":"news","data":"1"}',
    asks: ['{"event":"pusher:ping","data":{}}', '{"event":"pusher:pong","data":{}}'],
  },
];

describe("dialects with stand-in servers", { concurrency: 2 }, () => {
  for (const { dialect, greeting, answers, subscribed, push, asks } of standIns) {
    it(`${dialect} opens, answers the server and counts what it pushes`, async () => {
      const talk = (socket: WebSocket, text: string): void => {
        for (const [begin, answer] of answers) if (text.startsWith(begin)) socket.send(answer);
        if (!text.startsWith(subscribed)) return;
        if (asks !== undefined) socket.send(asks[0]);
        for (let copy = 0; copy < 3; copy++) socket.send(push);
      };
      const server = await talkingService(talk, (socket) => greeting !== undefined && socket.send(greeting));
      try {
        const { report } = await trialRun({
          target: server.url,
          connections: 5,
          rampPerSecond: 100,
          hold: "1s",
          dialect,
          channel: "news",
        });
        const replies = asks === undefined ? 0 : 5;
        assert.deepEqual(
          [report.connections.opened, report.connections.refused, report.conversation?.replies],
          [5, 0, replies],
        );
        if (asks !== undefined) assert.equal(server.heard.filter((text) => text === asks[1]).length, 5);
        assert.equal(report.messages?.received, 15 + replies);
      } finally {
        server.stop();
      }
    });
  }
});
