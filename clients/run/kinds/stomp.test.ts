import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { noRabbitMq, RabbitMq } from "../testing/rabbitmq.ts";
import { trialRun } from "../testing/run-rig.ts";

const base = {
  connections: 20,
  rampPerSecond: 200,
  hold: "3s",
  dialect: "stomp",
  channel: "/topic/prices",
  push: { interval: "500ms", stamp: "none" },
};
const connect = (...headers: string[]): string =>
  `${["CONNECT", "accept-version:1.2", "host:/", ...headers].join("\n")}\n\n\0`;

describe("the stomp dialect with a real RabbitMQ", { skip: noRabbitMq }, () => {
  const broker = new RabbitMq();
  before(() => broker.start());
  after(() => broker.stop());

  const counted = async (): Promise<[published: number, delivered: number]> => [
    await broker.metric("rabbitmq_global_messages_received_total"),
    await broker.metric("rabbitmq_global_messages_delivered_total"),
  ];

  it("all receive what one publishes, including its sender, by the broker's own counters", async () => {
    const [publishedBefore, deliveredBefore] = await counted();
    const { report } = await trialRun({ ...base, shards: 2, target: broker.stompUrl, publish: { every: "500ms" } });
    const [published, delivered] = await counted();
    const { sent, due, received, lost, duplicated, misdelivered } =
      report.conversation?.published?.[0] ?? assert.fail("nothing was published");
    const { opened, refused, closedUnexpectedly } = report.connections;
    assert.deepEqual([opened, refused, closedUnexpectedly], [20, 0, 0], JSON.stringify(report.connections));
    assert.deepEqual([due, lost, duplicated, misdelivered], [sent * 20, 0, 0, 0]);
    assert.deepEqual([published - publishedBefore, delivered - deliveredBefore], [sent, received]);
    assert.equal(sent, 120);
  });

  it("connections survive a heart-beat much shorter than the hold, negotiated by both sides", async () => {
    const opening = [{ send: connect("heart-beat:500,500"), expect: { starts: "CONNECTED\n" } }];
    const beats = [{ name: "heart-beat", every: "250ms", send: "\n" }];
    const { report } = await trialRun({ ...base, target: broker.stompUrl, conversation: { opening, beats } });
    assert.deepEqual([report.connections.opened, report.connections.closedUnexpectedly], [20, 0]);
    assert.ok((report.conversation?.replies ?? 0) >= 20, "the broker's own heart-beats are known");
    assert.equal(report.messages?.received, report.conversation?.replies);
    const mute = [{ name: "heart-beat", every: "1h", send: "\n" }];
    const { report: other } = await trialRun({
      ...base,
      target: broker.stompUrl,
      conversation: { opening, beats: mute },
    });
    assert.equal(other.connections.closedUnexpectedly, 20);
  });

  it("an invalid login opens nothing, and names the step", async () => {
    const opening = [{ name: "login", send: connect("login:nobody", "passcode:x"), expect: { starts: "CONNECTED\n" } }];
    const { report } = await trialRun({
      ...base,
      connections: 3,
      hold: "1s",
      target: broker.stompUrl,
      conversation: { opening },
    });
    assert.equal(report.connections.byCause["opening-failed"], 3);
    assert.match(report.conversation?.openingFailures[0]?.step ?? "", /^login: /);
  });
});
