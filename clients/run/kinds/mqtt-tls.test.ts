import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { Aedes } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";
import { testCertificate, testKey } from "../../connection/testing/test-certificate.ts";
import { Mosquitto, noMosquitto } from "../testing/mosquitto.ts";
import { type TrialRun, trialRun } from "../testing/run-rig.ts";

const connections = 20;
const base = { connections, rampPerSecond: 200, hold: "2s" };
const engines = process.platform === "linux" ? ["kernel", "portable"] : ["portable"];

/** Each received all of its own messages, each was acknowledged, and every connection used TLS. */
function assertClean({ report }: TrialRun): void {
  const { connections: counted, pushes, mqtt, tls } = report;
  assert.deepEqual(
    [counted.opened, counted.refused, counted.closedUnexpectedly],
    [connections, 0, 0],
    JSON.stringify(counted),
  );
  const sent = mqtt?.publishes?.sent ?? 0;
  assert.ok(sent > 0);
  assert.deepEqual([mqtt?.publishes?.due, mqtt?.publishes?.acknowledged], [sent, sent]);
  assert.deepEqual(
    [pushes?.due, pushes?.received, pushes?.lost, pushes?.duplicated],
    [sent, sent, 0, 0],
    JSON.stringify(pushes),
  );
  assert.equal(tls?.handshakes, connections);
}

describe("MQTT over TLS: mosquitto", { skip: noMosquitto, concurrency: 4 }, () => {
  let broker: Mosquitto;
  before(async () => {
    broker = await Mosquitto.start(["max_inflight_messages 0"]);
  });
  after(() => broker.stop());

  for (const engine of engines) {
    for (const way of ["mqtts", "wss"] as const) {
      it(`${way}:// on the ${engine} engine: certificate verified, every message accounted for`, async () => {
        const topic = `${engine}/${way}/{{index}}`;
        const mqtt = { qos: 2, topics: [topic], publish: { topic, every: "400ms", qos: 2 } };
        const target = way === "wss" ? broker.webSocketTlsUrl : broker.tlsUrl;
        const protocol = way === "wss" ? { protocol: "mqtt" } : {};
        assertClean(
          await trialRun({
            ...base,
            ...protocol,
            engine,
            target,
            tls: { certificateAuthority: broker.certificateAuthority },
            mqtt,
          }),
        );
      });
    }
  }

  it("a broker with an untrusted certificate is tls-failed, and receives no CONNECT", async () => {
    const { report } = await trialRun({ ...base, hold: "1s", target: broker.tlsUrl });
    assert.equal(report.verdict, "fail");
    assert.deepEqual(report.connections.byCode, { "tls-failed:depth-zero-self-signed-cert": connections });
  });

  it("reconnects with tickets to sessions kept by TLS and the broker", async () => {
    const storm = { after: "500ms", window: "300ms", manner: "rst", backoff: "100ms" };
    const mqtt = { qos: 1, topics: ["kept/{{index}}"], cleanStart: false, sessionExpiry: "30s" };
    const tls = { certificateAuthority: broker.certificateAuthority, resume: "tickets" };
    const { report } = await trialRun({ ...base, target: broker.tlsUrl, tls, mqtt, storm });
    assert.deepEqual(
      [report.storm?.dropped, report.storm?.back, report.mqtt?.sessionsPresent],
      [connections, connections, connections],
    );
    assert.equal(report.tls?.handshakes, connections * 2);
    assert.equal(report.tls?.resumed, connections);
  });
});

describe("MQTT over TLS: aedes", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-aedes-"));
  const certificateAuthority = join(folder, "authority.pem");
  writeFileSync(certificateAuthority, testCertificate);
  after(() => rmSync(folder, { recursive: true }));

  for (const way of ["mqtts", "wss"] as const) {
    it(`${way}://: its own counts match ours`, async () => {
      const broker = await Aedes.createBroker();
      const counts = { clients: 0, published: 0 };
      const offered = new Set<string>();
      broker.on("client", () => counts.clients++);
      broker.on("publish", (_packet, client) => (counts.published += client === null ? 0 : 1));
      const identity = { cert: testCertificate, key: testKey };
      const https = createServer(identity);
      const server = way === "mqtts" ? createTlsServer(identity, broker.handle) : https;
      const choose = (protocols: Set<string>): string | false => {
        for (const protocol of protocols) offered.add(protocol);
        return "mqtt";
      };
      if (way === "wss")
        new WebSocketServer({ server: https, handleProtocols: choose }).on(
          "connection",
          (socket) => void broker.handle(createWebSocketStream(socket)),
        );
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      try {
        const target = `${way}://localhost:${(server.address() as AddressInfo).port}`;
        const mqtt = {
          version: "3.1.1",
          qos: 1,
          topics: ["a/{{index}}"],
          publish: { topic: "a/{{index}}", every: "500ms", qos: 1 },
        };
        const run = await trialRun({ ...base, target, protocol: "mqtt", tls: { certificateAuthority }, mqtt });
        assertClean(run);
        assert.deepEqual(counts, { clients: connections, published: run.report.mqtt?.publishes?.sent });
        assert.deepEqual([...offered], way === "wss" ? ["mqtt"] : []);
      } finally {
        server.close();
        broker.close();
      }
    });
  }
});
