import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { after, before, describe, it } from "node:test";
import { Aedes } from "aedes";
import { generate, type Packet, parser } from "mqtt-packet";
import { intruder, Mosquitto, noMosquitto } from "../testing/mosquitto.ts";
import { trialRun } from "../testing/run-rig.ts";

const connections = 30;
const base = { connections, rampPerSecond: 300, hold: "3s" };

/** Everything adds up, and nothing was lost or closed. */
function assertClean({ report }: Awaited<ReturnType<typeof trialRun>>): void {
  const { connections: c, pushes, mqtt } = report;
  assert.deepEqual(
    [c.planned, c.opened, c.refused, c.closedUnexpectedly],
    [connections, connections, 0, 0],
    JSON.stringify(c),
  );
  if (pushes !== null)
    assert.deepEqual(
      [pushes.due, pushes.lost, pushes.duplicated, pushes.outOfOrder],
      [pushes.received, 0, 0, 0],
      JSON.stringify(pushes),
    );
  if (mqtt?.publishes != null) assert.deepEqual([mqtt.publishes.sent, mqtt.publishes.unsent], [mqtt.publishes.due, 0]);
}

describe("a real broker: mosquitto", { skip: noMosquitto, concurrency: 4 }, () => {
  let broker: Mosquitto;
  before(async () => {
    broker = await Mosquitto.start(["max_inflight_messages 0", "max_queued_messages 100000"]);
  });
  after(() => broker.stop());

  for (const version of ["3.1.1", "5"]) {
    for (const qos of [0, 1, 2]) {
      it(`MQTT ${version}, QoS ${qos}: each connection receives its own messages, all accounted for`, async () => {
        const topic = `own/${version}/${qos}/{{index}}`;
        const mqtt = { version, qos, topics: [topic], publish: { topic, every: "400ms", qos } };
        const run = await trialRun({ ...base, target: broker.url, mqtt });
        assertClean(run);
        const { pushes, mqtt: told, latencyMs } = run.report;
        assert.equal(pushes?.due, told?.publishes?.due);
        // 2746.3 ms remain after the first message: 30 publishers, one every 13.33 ms.
        assert.equal(told?.publishes?.due, Math.floor(2746.3 / (400 / connections)) + 1);
        assert.equal(told?.publishes?.acknowledged, qos === 0 ? null : told?.publishes?.sent);
        assert.equal(latencyMs.publishAck?.count, qos === 0 ? undefined : told?.publishes?.sent);
        assert.equal(told?.grantedBelow, 0);
      });
    }
  }

  it("MQTT over WebSocket: one publisher, all receive, pings are answered", async () => {
    const mqtt = {
      qos: 1,
      topics: ["news/#"],
      publish: { topic: "news/ws", every: "300ms", qos: 1, share: 0.01, topicAlias: true },
    };
    const run = await trialRun({ ...base, target: broker.webSocketUrl, protocol: "mqtt", mqtt, ping: "500ms" });
    assertClean(run);
    assert.equal(run.report.pushes?.due, (run.report.mqtt?.publishes?.due ?? 0) * connections);
    assert((run.report.latencyMs.ping?.count ?? 0) > 0);
  });

  it("keeps connections through a keep-alive much shorter than the hold, by pings alone", async () => {
    const run = await trialRun({ ...base, hold: "5s", target: broker.url, mqtt: { keepAlive: "1s" } });
    assertClean(run);
    assert((run.report.mqtt?.keepAlivesSent ?? 0) >= connections * 4);
    assert.equal(run.report.latencyMs.ping?.count, run.report.mqtt?.keepAlivesSent);
  });

  it("portable engine: the same counts", async () => {
    const mqtt = { qos: 2, topics: ["port/{{index}}"], publish: { topic: "port/{{index}}", every: "500ms", qos: 2 } };
    assertClean(await trialRun({ ...base, target: broker.url, engine: "portable", mqtt }));
  });

  it("counts a session taken over by another client as lost, and nothing else", async () => {
    const intruders: { end(): void }[] = [];
    const comes = (phase: string): void => {
      if (phase === "hold") void intruder(broker.port, "taken-7").then((client) => intruders.push(client));
    };
    const { report } = await trialRun(
      { ...base, target: broker.url, mqtt: { clientId: "taken-{{index}}" } },
      { phase: comes },
    );
    for (const client of intruders) client.end();
    // Mosquitto up to 2.0.11 closes the older connection without a DISCONNECT.
    assert.equal(report.connections.closedUnexpectedly, 1, JSON.stringify(report.connections));
    assert.equal((report.connections.byCause.eof ?? 0) + (report.connections.byCause["close-frame"] ?? 0), 1);
  });

  it("after a storm, returns to the sessions the broker kept", async () => {
    const storm = { after: "500ms", window: "500ms", manner: "rst", backoff: "100ms" };
    const mqtt = { qos: 1, topics: ["kept/{{index}}"], cleanStart: false, sessionExpiry: "5s" };
    const { report } = await trialRun({ ...base, target: broker.url, mqtt, storm });
    assert.deepEqual(
      [report.storm?.dropped, report.storm?.back, report.mqtt?.sessionsPresent],
      [connections, connections, connections],
    );
  });

  it("retained messages are counted separately from pushes", async () => {
    const publish = { topic: "held/{{index}}", every: "10s", qos: 1, retain: true };
    await trialRun({ ...base, target: broker.url, hold: "11s", mqtt: { publish: { ...publish, every: "1s" } } });
    const { report } = await trialRun({
      ...base,
      target: broker.url,
      mqtt: { topics: ["held/{{index}}"], unsubscribe: true },
    });
    assert.equal(report.mqtt?.retained, connections);
    assert.equal(report.pushes, null);
  });
});

describe("a broker that refuses", { skip: noMosquitto }, () => {
  it("is reported with its reason code, and the report explains it", async () => {
    const broker = await Mosquitto.start(["allow_anonymous false"]);
    try {
      for (const [version, code] of [
        ["5", 135],
        ["3.1.1", 5],
      ] as const) {
        const { report } = await trialRun({
          ...base,
          hold: "1s",
          target: broker.url,
          mqtt: { version, user: "u", password: "secret" },
        });
        assert.equal(report.verdict, "fail");
        assert.deepEqual(report.connections.byCode, { [`upgrade-rejected:${code}`]: connections });
        assert(report.notes.some(({ text }) => /not authorized/.test(text)));
        assert(!JSON.stringify(report).includes("secret"));
      }
    } finally {
      broker.stop();
    }
  });

  it("grants a lower QoS, accepts a lower one, and both are reported", async () => {
    const broker = await Mosquitto.start(["max_qos 1"]);
    try {
      const mqtt = { qos: 2, topics: ["q/{{index}}"], publish: { topic: "q/{{index}}", every: "1s", qos: 2 } };
      const run = await trialRun({ ...base, target: broker.url, mqtt });
      assertClean(run);
      const { mqtt: told, notes } = run.report;
      assert.equal(told?.publishes?.lowered, told?.publishes?.sent);
      assert.equal(told?.publishes?.acknowledged, told?.publishes?.sent);
      assert(notes.some(({ code }) => code === "publish-lowered"));
    } finally {
      broker.stop();
    }
  });
});

describe("a broker that disconnects clients of another version silently", () => {
  it("is reported, with the version to try", async () => {
    const server = createServer((socket) => socket.on("data", () => socket.end()).on("error", () => {})).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    try {
      const target = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { report } = await trialRun({ ...base, hold: "1s", connections: 5, target, mqtt: { topics: ["a"] } });
      assert.deepEqual(report.connections.byCause, { "closed-early": 5 });
      assert(report.notes.some(({ text }) => text.includes("--mqtt-version 3.1.1")));
    } finally {
      server.close();
    }
  });
});

describe("the end of a connection by plan", () => {
  for (const engine of process.platform === "linux" ? ["kernel", "portable"] : ["portable"])
    it(`nothing but the end of the stream follows our DISCONNECT: ${engine} engine [MQTT-3.14.4-1, -2]`, async () => {
      const heard: string[][] = [];
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        const commands: string[] = [];
        heard.push(commands);
        const say = (sent: unknown): boolean => socket.write(generate(sent as Packet, { protocolVersion: 5 }));
        const packets = parser({ protocolVersion: 5 });
        packets.on("packet", ({ cmd, messageId }: Packet) => {
          commands.push(cmd);
          if (cmd === "connect") say({ cmd: "connack", sessionPresent: false, reasonCode: 0 });
          if (cmd === "subscribe") say({ cmd: "suback", messageId, granted: [1] });
          if (cmd === "disconnect") say({ cmd: "publish", topic: "a", payload: "x", qos: 1, messageId: 7 });
        });
        socket.on("data", (bytes) => packets.parse(bytes));
        socket.on("end", () => commands.push("end of stream"));
        socket.on("end", () => setTimeout(() => socket.end(), 50)).on("error", () => {});
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      try {
        const target = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
        const fields = { connections: 5, hold: "1s", engine, mqtt: { topics: ["a"], qos: 1 } };
        const { report } = await trialRun({ ...base, ...fields, target });
        assert.equal(report.connections.closedByPlan, 5);
        // The pre-flight probe is a connection that sends nothing.
        const said = heard.filter(({ length }) => length > 1);
        assert.deepEqual(said, Array(5).fill(["connect", "subscribe", "disconnect", "end of stream"]));
      } finally {
        server.close();
      }
    });
});

describe("a broker that only supports 3.1.1: aedes", () => {
  it("counts our connections, subscriptions and messages alike, and its refusal of MQTT 5 is explained", async () => {
    const broker = await Aedes.createBroker();
    const server = createServer(broker.handle).listen(0, "127.0.0.1");
    await once(server, "listening");
    const counts = { clients: 0, subscriptions: 0, published: 0 };
    broker.on("client", () => counts.clients++);
    broker.on("subscribe", (subscriptions) => (counts.subscriptions += subscriptions.length));
    broker.on("publish", (_packet, client) => (counts.published += client === null ? 0 : 1));
    const target = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const mqtt = {
        version: "3.1.1",
        qos: 2,
        topics: ["a/{{index}}"],
        publish: { topic: "a/{{index}}", every: "500ms", qos: 2 },
      };
      const run = await trialRun({ ...base, target, mqtt });
      assertClean(run);
      assert.deepEqual(counts, {
        clients: connections,
        subscriptions: connections,
        published: run.report.mqtt?.publishes?.sent,
      });
      const { report } = await trialRun({ ...base, hold: "1s", connections: 5, target, mqtt: { topics: ["a"] } });
      assert.equal(report.connections.opened, 0);
      assert(
        report.notes.some(({ text }) => text.includes("--mqtt-version 3.1.1")),
        JSON.stringify(report.connections),
      );
    } finally {
      server.close();
      broker.close();
    }
  });
});
