import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { trialRun } from "../testing/run-rig.ts";
import { talkingService } from "../testing/talking-service.ts";

/** Numbers from a service that loses 3, sends 5 twice, 8 before 7, and 6 after them. */
const faulty = [1, 2, 4, 5, 5, 8, 7, 6, 9];
const base = { connections: 6, rampPerSecond: 200, hold: "500ms", shards: 2 };

describe("a service that numbers its messages", { concurrency: 4 }, () => {
  it("has loss, duplicates and order counted by connection", async () => {
    const server = await talkingService(
      () => {},
      (socket) => faulty.forEach((offset) => void socket.send(`42["news",{"offset":${offset}}]`)),
    );
    try {
      const { report } = await trialRun({ ...base, target: server.url, push: { sequence: "json:1.offset" } });
      const { due, received, lost, duplicated, outOfOrder, numberedBy } = report.pushes!;
      assert.deepEqual([due, received, lost, duplicated, outOfOrder, numberedBy], [54, 48, 6, 6, 12, "json:1.offset"]);
      assert.equal(report.verdict, "fail");
      assert.equal(report.limits.find(({ limit }) => limit === "lateRatio")?.measured, null);
      assert.equal(report.limits.find(({ limit }) => limit === "lostRatio")?.ok, false);
    } finally {
      server.stop();
    }
  });

  it("has them counted by channel and by group, including messages matched by the conversation", async () => {
    const server = await talkingService((socket, text) => {
      if (text !== "in") return;
      for (const offset of faulty) {
        socket.send(JSON.stringify({ ch: "a", offset, at: Date.now() }));
        socket.send(JSON.stringify({ ch: "b", offset: String(offset * 100), ...(offset === 5 ? { t: "ask" } : {}) }));
      }
      socket.send('{"t":"in"}');
    });
    const limits = ["lostRatio<=1"];
    try {
      const { report } = await trialRun({
        ...base,
        limits,
        target: server.url,
        push: { sequence: "json:offset", channel: "json:ch", stamp: "json:at" },
        groups: [
          { name: "one", connections: 2 },
          { name: "two", connections: 4 },
        ],
        conversation: {
          opening: [{ send: "in" }],
          replies: [{ when: { json: { t: "ask" } } }],
        },
      });
      // Channel b: 100 to 900 were due, 8 of them arrived.
      assert.deepEqual(
        [report.pushes?.received, report.pushes?.lost, report.pushes?.duplicated],
        [6 * 16, 6 * (1 + 801 - 8), 12],
      );
      assert.deepEqual(
        report.groups?.map(({ pushes }) => [pushes?.received, pushes?.lost]),
        [
          [32, 2 * 794],
          [64, 4 * 794],
        ],
      );
      assert.equal(report.latencyMs.push?.count, 6 * faulty.length);
    } finally {
      server.stop();
    }
  });

  it("invalidates a run whose messages lack numbers, and shows the first", async () => {
    const server = await talkingService(
      () => {},
      (socket) => socket.send('{"seq":7}'),
    );
    try {
      const { report } = await trialRun({ ...base, target: server.url, push: { sequence: "json:offset" } });
      assert.equal(report.verdict, "invalid");
      const reason = report.reasons.find(({ code }) => code === "sequence-not-found");
      assert.equal(
        reason?.text,
        '--push-sequence json:offset names where a message carries its number: none of 6 messages carried it; the first was {"seq":7}',
      );
    } finally {
      server.stop();
    }
  });
});
