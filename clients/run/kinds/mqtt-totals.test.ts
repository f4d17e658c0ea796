import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { goProgram, ServerProcess } from "../testing/go-server.ts";
import { freePorts } from "../testing/listening.ts";
import { Mosquitto, noMosquitto } from "../testing/mosquitto.ts";
import { noRabbitMq, RabbitMq } from "../testing/rabbitmq.ts";
import { type TrialRun, trialRun } from "../testing/run-rig.ts";

const mochi = goProgram("github.com/mochi-mqtt/server/v2/cmd", "v2.7.9", { buildMs: 240_000, keptAs: "mochi-mqtt" });

type Figure = "published" | "delivered";

/** A broker used only by the run, and its statistics since it started. */
interface Broker {
  url: string;
  /** A statistic once it has the expected value, or after ten seconds. */
  total(figure: Figure, expected: number): Promise<number>;
  stop(): void;
}

/** Polls until the value is as expected, for at most ten seconds. */
async function settled(read: () => Promise<number>, expected: number): Promise<number> {
  const deadline = Date.now() + 10_000;
  let last = await read();
  for (; last !== expected && Date.now() < deadline; last = await read())
    await new Promise((resolve) => setTimeout(resolve, 100));
  return last;
}

async function mosquitto(): Promise<Broker> {
  const broker = await Mosquitto.start(["max_inflight_messages 0", "max_queued_messages 100000"]);
  const topics = { published: "publish/messages/received", delivered: "publish/messages/sent" };
  return {
    url: broker.url,
    total: (figure, expected) => broker.total(topics[figure], (value) => value === expected),
    stop: () => broker.stop(),
  };
}

async function rabbitMq(): Promise<Broker> {
  const broker = new RabbitMq();
  await broker.start();
  const metrics = {
    published: "rabbitmq_global_messages_received_total",
    delivered: "rabbitmq_global_messages_delivered_total",
  };
  return {
    url: broker.mqttUrl,
    total: (figure, expected) => settled(() => broker.metric(metrics[figure]), expected),
    stop: () => broker.stop(),
  };
}

async function mochiMqtt(): Promise<Broker> {
  const server = new ServerProcess();
  const [tcp = 0, webSocket = 0, info = 0] = await freePorts(3);
  const at = (port: number): string => `127.0.0.1:${port}`;
  await server.start(mochi.path, ["-tcp", at(tcp), "-ws", at(webSocket), "-info", at(info)], tcp);
  const fields = { published: "messages_received", delivered: "messages_sent" };
  const read = async (field: string): Promise<number> =>
    ((await (await fetch(`http://${at(info)}/`)).json()) as Record<string, number>)[field] ?? Number.NaN;
  return {
    url: `mqtt://${at(tcp)}`,
    total: (figure, expected) => settled(() => read(fields[figure]), expected),
    stop: () => server.stop(),
  };
}

interface Kind {
  name: string;
  missing: string | false;
  start: () => Promise<Broker>;
  versions: string[];
  mostQos: number;
  /** The highest QoS whose messages it counts as published; default: the highest it grants. */
  mostCounted?: number;
}

const brokers: Kind[] = [
  // Mosquitto identifies a received PUBLISH by its first byte, ignoring the bits of DUP and QoS 1, so it does not count
  // those at QoS 2.
  { name: "mosquitto", missing: noMosquitto, start: mosquitto, versions: ["3.1.1", "5"], mostQos: 2, mostCounted: 1 },
  { name: "RabbitMQ", missing: noRabbitMq, start: rabbitMq, versions: ["3.1.1"], mostQos: 1 },
  { name: "Mochi MQTT", missing: mochi.missing, start: mochiMqtt, versions: ["3.1.1", "5"], mostQos: 2 },
];

const listeners = 36;
const speakers = 4;
const base = { rampPerSecond: 400, hold: "3s", shards: 2 };

const fanOut = (topic: string, qos: number): Record<string, unknown>[] => [
  { name: "listeners", connections: listeners, topics: [topic] },
  {
    name: "speakers",
    connections: speakers,
    topics: [],
    publish: { every: "250ms", topic, qos, send: '{"id":"{{message}}"}', reaches: "group:listeners" },
  },
];

/** Everything sent was received: nothing lost, duplicated, refused or unacknowledged. */
function accountOf({ report }: TrialRun, qos: number): { sent: number; received: number } {
  const { opened, closedUnexpectedly } = report.connections;
  assert.deepEqual([opened, closedUnexpectedly], [listeners + speakers, 0], JSON.stringify(report.connections));
  const { sent, unsent, due, received, lost, duplicated, misdelivered, latencyMs } =
    report.conversation?.published[0] ?? assert.fail("nothing was published");
  assert.deepEqual([sent, unsent, due], [48, 0, 48 * listeners]);
  assert.deepEqual([lost, duplicated, misdelivered, latencyMs?.count], [0, 0, 0, received]);
  assert.equal(report.mqtt?.publishes?.acknowledged, qos === 0 ? null : sent);
  return { sent, received };
}

for (const { name, missing, start, versions, mostQos, mostCounted = mostQos } of brokers) {
  describe(`the statistics of ${name}`, { skip: missing }, () => {
    let broker: Broker;
    const ours = { published: 0, delivered: 0 };
    before(async () => {
      broker = await start();
    });
    after(() => broker?.stop());

    for (const version of versions) {
      for (let qos = 0; qos <= mostQos; qos++) {
        it(`match our counts: MQTT ${version}, QoS ${qos}, 4 publishers to 36 subscribers, two shards`, async () => {
          const groups = fanOut(`out/${version}/${qos}`, qos);
          const run = await trialRun({ ...base, target: broker.url, groups, mqtt: { version, qos } });
          const { sent, received } = accountOf(run, qos);
          ours.published += qos <= mostCounted ? sent : 0;
          ours.delivered += received;
          assert.equal(await broker.total("published", ours.published), ours.published);
          assert.equal(await broker.total("delivered", ours.delivered), ours.delivered);
          assert.equal(run.report.mqtt?.grantedBelow, 0);
        });
      }
    }

    if (mostQos < 2)
      it(`show QoS ${mostQos} granted instead of 2, which is reported, and every message still arrives`, async () => {
        const mqtt = { version: versions[0], qos: 2 };
        const run = await trialRun({ ...base, target: broker.url, groups: fanOut("granted", mostQos), mqtt });
        accountOf(run, mostQos);
        assert.equal(run.report.mqtt?.grantedBelow, listeners);
        assert.ok(run.report.notes.some(({ code }) => code === "mqtt-granted-below"));
      });

    if (!versions.includes("5"))
      it("show no MQTT 5 support: no connection opens, and the flag to try is named", async () => {
        const fields = { connections: 5, hold: "1s", mqtt: { topics: ["a"] } };
        const { report } = await trialRun({ ...base, ...fields, target: broker.url });
        assert.deepEqual([report.connections.opened, report.verdict], [0, "fail"]);
        assert.ok(report.notes.some(({ text }) => text.includes("--mqtt-version 3.1.1")));
      });
  });
}
