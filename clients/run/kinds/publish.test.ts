import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WebSocket } from "ws";
import { trialRun } from "../testing/run-rig.ts";
import { talkingService } from "../testing/talking-service.ts";

interface Said {
  t: string;
  room: string;
  id: string;
}

const publishersOfRoom = 5;

/**
 * A chat: members of a room receive what others send there. `deliver` gives how often a member gets a message: the n-th
 * of the room, the m-th member.
 */
async function chat(deliver: (message: number, member: number) => number = () => 1) {
  const rooms = new Map<string, WebSocket[]>();
  const counts = { sent: 0, due: 0, delivered: 0 };
  const server = await talkingService((socket, text) => {
    const { t, room, id } = JSON.parse(text) as Said;
    const members = rooms.get(room) ?? [];
    rooms.set(room, members);
    if (t === "join") {
      members.push(socket);
      socket.send('{"t":"joined"}');
    } else if (t === "say") {
      const message = counts.sent++;
      for (const [member, other] of members.entries()) {
        if (other === socket) continue;
        counts.due++;
        for (let copy = 0; copy < deliver(message, member); copy++) {
          other.send(JSON.stringify({ t: "said", room, id }));
          counts.delivered++;
        }
      }
    }
  });
  return { ...server, counts, rooms };
}

const conversation = { opening: [{ send: '{"t":"join","room":"{{room}}"}' }, { expect: { json: { t: "joined" } } }] };
const publish = {
  every: "500ms",
  send: '{"t":"say","room":"{{room}}","id":"{{message}}"}',
  reaches: "room",
  within: "1s",
};
const fields = { rampPerSecond: 200, hold: "3s", shards: 2, vars: { room: "r{{index / 5}}" }, conversation };

describe("published messages", { concurrency: 4 }, () => {
  it("reach everyone in their publisher's room, over two shards, and add up exactly", async () => {
    const server = await chat();
    try {
      const groups = [
        { name: "listeners", connections: 16 },
        { name: "speakers", connections: 4, publish },
      ];
      const { report } = await trialRun({ ...fields, target: server.url, groups });
      const [published] = report.conversation?.published ?? [];
      assert.equal(published?.sent, 24);
      assert.equal(server.counts.sent, 24);
      const { due, received, lost, duplicated, outOfOrder, misdelivered, unsent } = published!;
      assert.deepEqual(
        { due, received, lost, duplicated, outOfOrder, misdelivered, unsent },
        { due: 96, received: 96, lost: 0, duplicated: 0, outOfOrder: 0, misdelivered: 0, unsent: 0 },
      );
      assert.equal(published?.latencyMs?.count, 96);
    } finally {
      server.stop();
    }
  });

  it("are lost and duplicated exactly as the service reports", async () => {
    const server = await chat((message, member) =>
      message % 5 === 2 && member === 1 ? 0 : message % 7 === 3 && member === 2 ? 2 : 1,
    );
    try {
      const { report } = await trialRun({ ...fields, target: server.url, connections: 10, publish });
      const { sent, due, received, lost, duplicated } = report.conversation?.published[0] ?? { sent: 0 };
      assert.equal(sent, 60);
      assert.equal(due, server.counts.due);
      assert.equal(received! + duplicated!, server.counts.delivered);
      assert.ok(lost! > 0 && duplicated! > 0);
      assert.equal(received! + lost!, due);
    } finally {
      server.stop();
    }
  });

  it("are not due to receivers the service dropped, nor when their publisher could not send", async () => {
    const server = await chat();
    let dropped = false;
    const drop = (): void => {
      if (dropped || server.counts.sent < 12) return;
      dropped = true;
      for (const members of server.rooms.values()) members.splice(0, 2).forEach((socket) => void socket.terminate());
    };
    const timer = setInterval(drop, 10);
    try {
      const { report } = await trialRun({ ...fields, target: server.url, connections: 10, publish });
      const { sent, unsent, due, received, lost } = report.conversation?.published[0] ?? { sent: 0 };
      assert.equal(report.connections.closedUnexpectedly, 4);
      assert.equal(sent! + unsent!, 60);
      assert.ok(unsent! > 0);
      assert.equal(received, server.counts.delivered);
      // Messages published between the service's drop and its detection were due to connections that seemed open, and
      // are lost.
      assert.equal(due! - lost!, server.counts.due);
      assert.ok(lost! <= 4 * publishersOfRoom, `${lost} lost`);
    } finally {
      clearInterval(timer);
      server.stop();
    }
  });

  it("delivered to the wrong receivers are reported", async () => {
    const server = await talkingService((socket, text) => void socket.send(text));
    try {
      const { report } = await trialRun({
        target: server.url,
        connections: 4,
        rampPerSecond: 100,
        hold: "2s",
        publish: { ...publish, send: "say {{message}}", reaches: "all" },
      });
      const { due, lost, misdelivered } = report.conversation?.published[0] ?? { due: 0 };
      assert.deepEqual({ due, lost, misdelivered }, { due: 48, lost: 48, misdelivered: 16 });
    } finally {
      server.stop();
    }
  });
});
