import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { trialRun } from "../testing/run-rig.ts";
import { talkingService } from "../testing/talking-service.ts";

interface Message {
  t: string;
  token?: string;
  id?: string;
}
const parse = (text: string): Message => (text.startsWith("{") ? (JSON.parse(text) as Message) : { t: text });

describe("a conversation", { concurrency: 4 }, () => {
  it("opens, extracts values, answers, sends heartbeats and requests, and closes, over two shards", async () => {
    const server = await talkingService(
      (socket, text) => {
        const { t, token, id } = parse(text);
        if (t === "auth") socket.send(`42["welcome",{"session":"s-${token}"}]`);
        if (t === "joined") socket.send("2");
        if (t === "ping") socket.send('{"t":"pong"}');
        if (t === "history") socket.send(JSON.stringify({ t: "page", id, rows: [] }));
      },
      (socket) => socket.send("hello"),
    );
    try {
      const { report } = await trialRun({
        target: server.url,
        connections: 10,
        rampPerSecond: 200,
        hold: "2s",
        shards: 2,
        conversation: {
          opening: [
            { expect: { text: "hello" } },
            { send: '{"t":"auth","token":"k{{index}}"}' },
            { expect: { json: { "0": "welcome" } }, take: { session: "json:1.session" } },
            { send: '{"t":"joined","as":"{{session}}"}' },
          ],
          replies: [{ when: { text: "2" }, send: "3" }],
          beats: [{ every: "500ms", send: '{"t":"ping"}', answer: { json: { t: "pong" } } }],
          requests: [
            {
              name: "history",
              every: "400ms",
              send: '{"t":"history","id":"{{message}}"}',
              answer: { json: { t: "page", id: "{{message}}" } },
            },
          ],
          farewell: '{"t":"bye","as":"{{session}}"}',
        },
      });
      const { conversation } = report;
      assert.equal(report.connections.opened, 10);
      assert.ok((report.latencyMs.connectOpening?.count ?? 0) === 10);
      assert.equal(conversation?.replies, 10);
      const [beat] = conversation?.beats ?? [];
      const [history] = conversation?.requests ?? [];
      assert.equal(history?.due, 50);
      assert.deepEqual(
        [history?.answered, history?.late, history?.lost, history?.unsent, history?.duplicated],
        [50, 0, 0, 0, 0],
      );
      assert.equal(history?.latencyMs?.count, 50);
      assert.equal(beat?.lost, 0);
      assert.ok((beat?.answered ?? 0) >= 35, JSON.stringify(beat));
      const said = (t: string): string[] => server.heard.filter((text) => parse(text).t === t);
      assert.equal(new Set(said("history")).size, 50);
      assert.deepEqual(
        said("joined").sort(),
        Array.from({ length: 10 }, (_, i) => `{"t":"joined","as":"s-k${i}"}`),
      );
      assert.equal(said("bye").length, 10);
      assert.equal(said("3").length, 10);
      assert.doesNotMatch(JSON.stringify(report), /s-k/);
    } finally {
      server.stop();
    }
  });

  it("refuses connections whose opening fails, by step and reason", async () => {
    let clients = 0;
    const server = await talkingService((socket, text) => {
      if (parse(text).t !== "auth") return;
      const number = clients++ % 4;
      if (number === 0) socket.send('{"t":"welcome"}');
      if (number === 1) socket.close(4001, "bad token");
      if (number === 2) socket.terminate();
    });
    try {
      const { report, events } = await trialRun({
        target: server.url,
        connections: 8,
        rampPerSecond: 100,
        hold: "1s",
        conversation: { opening: [{ send: '{"t":"auth"}' }, { expect: { json: { t: "welcome" } }, within: "500ms" }] },
      });
      const { opened, refused, byCause, byCode } = report.connections;
      assert.deepEqual(
        { opened, refused, byCause: byCause["opening-failed"], byCode },
        { opened: 2, refused: 6, byCause: 6, byCode: { "opening-failed:4001": 2 } },
      );
      const failures = report.conversation?.openingFailures ?? [];
      assert.equal(
        failures.reduce((sum, { count }) => sum + count, 0),
        6,
      );
      assert.ok(
        failures.some(({ step, count }) => step === 'step 2: no {"t":"welcome"} within 500ms' && count === 2),
        JSON.stringify(failures),
      );
      assert.ok(events.some(({ detail }) => detail === 'step 2: close-frame 4001 "bad token" before {"t":"welcome"}'));
    } finally {
      server.stop();
    }
  });

  it("counts answers that were late, duplicate, out of order or missing", async () => {
    const asked = new Map<string, number>();
    const server = await talkingService((socket, text) => {
      const { t, id = "" } = parse(text);
      if (t !== "ask") return;
      const turn = asked.size;
      asked.set(id, turn);
      const answer = `ok ${id}.`;
      if (turn % 4 === 0) socket.send(answer);
      if (turn % 4 === 1) setTimeout(() => socket.send(answer), 1500);
      if (turn % 4 === 2) [1, 2].forEach(() => void socket.send(answer));
    });
    try {
      const { report } = await trialRun({
        target: server.url,
        connections: 4,
        rampPerSecond: 100,
        hold: "2s",
        conversation: {
          requests: [
            {
              name: "ask",
              every: "500ms",
              send: '{"t":"ask","id":"{{message}}"}',
              answer: { text: "ok {{message}}." },
              within: "1s",
            },
          ],
        },
      });
      const { due, answered, late, lost, unsent, duplicated } = report.conversation?.requests[0] ?? { due: 0 };
      assert.deepEqual(
        { due, answered, late, lost, unsent, duplicated },
        { due: 16, answered: 8, late: 4, lost: 4, unsent: 0, duplicated: 4 },
      );
    } finally {
      server.stop();
    }
  });

  it("counts as many answers as the service sends while connections are being closed", async () => {
    const server = await talkingService(
      () => {},
      (socket) => {
        const timer = setInterval(() => socket.send("2"), 1);
        socket.on("close", () => clearInterval(timer));
      },
    );
    try {
      const plan = { target: server.url, connections: 20, rampPerSecond: 200, hold: "1s" };
      const { report } = await trialRun({ ...plan, conversation: { replies: [{ when: { text: "2" }, send: "3" }] } });
      assert.ok(server.heard.length > 100, `${server.heard.length}`);
      assert.equal(report.conversation?.replies, server.heard.length);
    } finally {
      server.stop();
    }
  });

  it("keeps groups separate: messages, figures, and what is due on connections that never opened", async () => {
    const server = await talkingService((socket, text, url) => {
      if (url.startsWith("/refused")) return socket.close();
      if (text === "beat") socket.send("beaten");
    });
    try {
      const { report } = await trialRun({
        target: server.url,
        rampPerSecond: 100,
        hold: "2s",
        groups: [
          { name: "listeners", connections: 6 },
          {
            name: "speakers",
            connections: 2,
            path: "/speak?n={{index}}",
            conversation: { beats: [{ every: "500ms", send: "beat", answer: { text: "beaten" } }] },
          },
          {
            name: "barred",
            connections: 2,
            path: "/refused",
            conversation: {
              opening: [{ send: "x" }, { expect: { text: "y" } }],
              requests: [{ name: "never", every: "1s", send: "z", answer: { text: "z" } }],
            },
          },
        ],
      });
      assert.equal(report.connections.planned, 10);
      assert.deepEqual(
        report.groups?.map(({ name, planned, opened, refused }) => [name, planned, opened, refused]),
        [
          ["listeners", 6, 6, 0],
          ["speakers", 2, 2, 0],
          ["barred", 2, 0, 2],
        ],
      );
      const [never] = report.conversation?.requests ?? [];
      assert.deepEqual([never?.due, never?.sent, never?.unsent], [4, 0, 4]);
      assert.equal(report.conversation?.beats[0]?.lost, 0);
    } finally {
      server.stop();
    }
  });
});
