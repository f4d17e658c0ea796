import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Mosquitto, noMosquitto } from "../testing/mosquitto.ts";
import { type TrialRun, trialRun } from "../testing/run-rig.ts";

const send = '{"id":"{{message}}","from":"{{index}}"}';
const base = { rampPerSecond: 400, hold: "3s", shards: 2 };

/** What a group published, checking that its counts add up. */
function publishedBy({ report }: TrialRun, group: string) {
  const published = report.conversation?.published.find((each) => each.group === group);
  assert.ok(published !== undefined);
  assert.equal(published.due, published.received + published.lost);
  const { publishes } = report.mqtt ?? {};
  assert.equal(publishes?.due, (publishes?.sent ?? 0) + (publishes?.unsent ?? 0));
  const { acknowledged, refused, unacknowledged, unconfirmed = 0 } = publishes ?? {};
  if (acknowledged != null)
    assert.equal(publishes?.sent, acknowledged + (refused ?? 0) + (unacknowledged ?? 0) + unconfirmed);
  return published;
}

describe("groups that publish over MQTT: mosquitto", { skip: noMosquitto, concurrency: 4 }, () => {
  let broker: Mosquitto;
  before(async () => {
    broker = await Mosquitto.start(["max_inflight_messages 0", "max_queued_messages 100000"]);
  });
  after(() => broker.stop());

  for (const version of ["3.1.1", "5"]) {
    for (const qos of [0, 1, 2]) {
      it(`MQTT ${version}, QoS ${qos}: fan-out, each message at every subscriber, over two shards`, async () => {
        const topic = `out/${version}/${qos}`;
        const groups = [
          { name: "listeners", connections: 36, topics: [topic] },
          {
            name: "speakers",
            connections: 4,
            topics: [],
            publish: { every: "500ms", topic, qos, send, reaches: "group:listeners" },
          },
        ];
        const run = await trialRun({ ...base, target: broker.url, groups, mqtt: { version, qos } });
        const { sent, unsent, due, lost, duplicated, misdelivered, acknowledged, acknowledgedMs, latencyMs } =
          publishedBy(run, "speakers");
        assert.deepEqual(
          { sent, unsent, due, lost, duplicated, misdelivered },
          { sent: 24, unsent: 0, due: 24 * 36, lost: 0, duplicated: 0, misdelivered: 0 },
        );
        assert.equal(acknowledged, qos === 0 ? null : 24);
        assert.equal(acknowledgedMs?.count, qos === 0 ? undefined : 24);
        assert.equal(latencyMs?.count, 24 * 36);
        assert.equal(run.report.connections.closedUnexpectedly, 0);
      });
    }
  }

  it("fan-in: many publishers, a QoS per group, one subscriber receives all", async () => {
    const publish = { every: "500ms", topic: "in/{{index}}", send, reaches: "group:collector" };
    const groups = [
      { name: "collector", connections: 1, topics: ["in/#"] },
      { name: "plain", connections: 20, topics: [], publish },
      { name: "sure", connections: 20, topics: [], publish: { ...publish, qos: 1 } },
    ];
    const run = await trialRun({ ...base, target: broker.url, groups, mqtt: { qos: 1 } });
    for (const group of ["plain", "sure"]) {
      const { sent, due, lost, duplicated } = publishedBy(run, group);
      assert.deepEqual({ sent, due, lost, duplicated }, { sent: 120, due: 120, lost: 0, duplicated: 0 });
    }
    const { acknowledged, unconfirmed, unacknowledged } = run.report.mqtt?.publishes ?? {};
    assert.deepEqual(
      { acknowledged, unconfirmed, unacknowledged },
      { acknowledged: 120, unconfirmed: 120, unacknowledged: 0 },
    );
  });

  it("rooms: a topic by a value shared by publisher and receivers, with the publisher receiving its own", async () => {
    const publish = { every: "1s", topic: "rooms/{{room}}", qos: 1, send, reaches: "room", sender: true };
    const run = await trialRun({
      ...base,
      target: broker.url,
      connections: 20,
      vars: { room: "r{{index / 5}}" },
      mqtt: { topics: ["rooms/{{room}}"] },
      publish,
    });
    const { sent, due, lost, misdelivered } = publishedBy(run, "all");
    assert.deepEqual({ sent, due, lost, misdelivered }, { sent: 60, due: 300, lost: 0, misdelivered: 0 });
  });

  it("messages above the broker's maximum packet size are unsent, and not awaited", async () => {
    const small = await Mosquitto.start(["max_packet_size 60"]);
    try {
      const publish = {
        every: "1s",
        topic: "much",
        qos: 1,
        send: `{{message}} ${"x".repeat(100)}`,
        reaches: "all",
        sender: true,
      };
      const run = await trialRun({
        ...base,
        shards: 1,
        target: small.url,
        connections: 4,
        mqtt: { topics: ["much"] },
        publish,
      });
      const { sent, unsent, due, lost } = publishedBy(run, "all");
      assert.deepEqual({ sent, unsent, due, lost }, { sent: 0, unsent: 12, due: 0, lost: 0 });
      assert.equal(run.report.mqtt?.publishes?.heldBack, 12);
    } finally {
      small.stop();
    }
  });

  it("messages published while subscribers are away wait in their sessions: queued, received, not lost", async () => {
    const groups = [
      { name: "listeners", connections: 20, topics: ["kept"] },
      {
        name: "speakers",
        connections: 2,
        topics: [],
        publish: { every: "100ms", topic: "kept", qos: 1, send, reaches: "group:listeners" },
      },
    ];
    const storm = { after: "1s", window: "1500ms", manner: "rst", backoff: "100ms" };
    const mqtt = { qos: 1, cleanStart: false, sessionExpiry: "60s", clientId: "keeps-{{index}}" };
    const run = await trialRun({ ...base, hold: "4s", shards: 1, target: broker.url, groups, mqtt, storm });
    const { sent, unsent, due, lost, queued, duplicated, latencyMs, received } = publishedBy(run, "speakers");
    assert.equal(run.report.storm?.back, 22);
    assert.equal(sent + unsent, 80);
    assert.ok(unsent > 0 && (queued ?? 0) > 0, JSON.stringify(run.report.conversation?.published));
    assert.deepEqual({ due, lost, duplicated }, { due: sent * 20, lost: 0, duplicated: 0 });
    assert.equal(latencyMs?.count, received - (queued ?? 0));
  });
});
