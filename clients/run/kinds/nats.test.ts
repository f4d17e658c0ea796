import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { goProgram, ServerProcess } from "../testing/go-server.ts";
import { freePorts } from "../testing/listening.ts";
import { trialRun } from "../testing/run-rig.ts";

const { path, missing } = goProgram("github.com/nats-io/nats-server/v2", "v2.15.3", { buildMs: 240_000 });
const base = { connections: 20, rampPerSecond: 400, hold: "3s", push: { interval: "500ms", stamp: "none" } };

interface Varz {
  in_msgs: number;
  out_msgs: number;
  slow_consumers: number;
}

describe("the nats dialect with a real nats-server", { skip: missing }, () => {
  const server = new ServerProcess();
  let port = 0;
  let monitorPort = 0;
  before(async () => {
    [port = 0, monitorPort = 0] = await freePorts(2);
    const config = join(server.folder, "nats.conf");
    // A client that misses one heartbeat is closed within a second; the hold is several times as long.
    const lines = [
      `host: 127.0.0.1`,
      `port: ${port}`,
      `http: 127.0.0.1:${monitorPort}`,
      `ping_interval: "400ms"`,
      `ping_max: 1`,
      `accounts: { open: { users: [{ user: any, password: any }] }, closed: { users: [{ user: known, password: right, permissions: { subscribe: ["mine.>"] } }] } }`,
      `no_auth_user: any`,
    ];
    writeFileSync(config, `${lines.join("\n")}\n`);
    await server.start(path, ["-c", config], port);
  });
  after(() => server.stop());

  const varz = async (): Promise<Varz> => (await (await fetch(`http://127.0.0.1:${monitorPort}/varz`)).json()) as Varz;

  it("all others receive what one publishes, by the server's own counters", async () => {
    const before = await varz();
    const { report } = await trialRun({
      ...base,
      shards: 2,
      target: `nats://127.0.0.1:${port}`,
      channel: "chat.{{group}}",
      ping: "500ms",
      publish: { every: "500ms" },
    });
    const told = await varz();
    const { opened, refused, closedUnexpectedly } = report.connections;
    const { sent, due, received, lost, duplicated, misdelivered } =
      report.conversation?.published?.[0] ?? assert.fail("nothing was published");
    assert.deepEqual([opened, refused, closedUnexpectedly], [20, 0, 0], JSON.stringify(report.connections));
    assert.deepEqual([due, lost, duplicated, misdelivered], [sent * 19, 0, 0, 0]);
    assert.deepEqual(
      [told.in_msgs - before.in_msgs, told.out_msgs - before.out_msgs, told.slow_consumers],
      [sent, received, 0],
    );
    assert.equal(sent, 120);
    assert.ok((report.latencyMs.ping?.count ?? 0) >= 20 * 4, "pings of ours are answered");
  });

  it("connections survive its heartbeat timeout only by answering its pings", async () => {
    const { report } = await trialRun({ ...base, target: `nats://127.0.0.1:${port}` });
    assert.deepEqual([report.connections.opened, report.connections.closedUnexpectedly], [20, 0]);
    assert.ok((report.conversation?.replies ?? 0) >= 20 * 4);
    const mute = [{ send: 'CONNECT {"verbose":false}\r\nPING', expect: { text: "PONG" } }];
    const group = {
      name: "mute",
      connections: 20,
      conversation: { opening: mute, replies: [{ when: { text: "PING" } }] },
    };
    const { report: other } = await trialRun({
      ...base,
      connections: undefined,
      target: `nats://127.0.0.1:${port}`,
      groups: [group],
    });
    assert.equal(other.connections.closedUnexpectedly, 20);
    assert.deepEqual(
      other.connections.closeReasons?.map(({ reason, count }) => [reason, count]),
      [["Stale Connection", 20]],
    );
  });

  it("reports in the server's words why no connection opened", async () => {
    const opening = [
      { send: 'CONNECT {"verbose":false,"user":"known","pass":"wrong"}\r\nPING', expect: { text: "PONG" } },
    ];
    const { report } = await trialRun({
      ...base,
      hold: "1s",
      target: `tcp://127.0.0.1:${port}`,
      dialect: "nats",
      conversation: { opening },
    });
    assert.equal(report.connections.byCause["opening-failed"], 20);
    assert.deepEqual(report.conversation?.openingFailures, [{ step: 'step 1: close-frame before "PONG"', count: 20 }]);
  });

  it("counts what another client publishes, and ends with the text of an error", async () => {
    const { report } = await trialRun({
      ...base,
      hold: "1s",
      target: `nats://127.0.0.1:${port}`,
      conversation: {
        opening: [
          { send: 'CONNECT {"verbose":false,"user":"known","pass":"right"}\r\nPING', expect: { text: "PONG" } },
          { send: "SUB forbidden 1" },
        ],
      },
    });
    assert.equal(report.connections.closedUnexpectedly, 20);
    assert.deepEqual(
      report.connections.closeReasons?.map(({ reason, count }) => [reason, count]),
      [['Permissions Violation for Subscription to "forbidden"', 20]],
    );
  });
});

describe("a line-based service over raw TCP", () => {
  it("is spoken to line by line", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.write("220 ready\r\n");
      socket.on("data", (bytes) => {
        for (const line of bytes.toString().split("\n").filter(Boolean))
          socket.write(line.startsWith("HELO") ? "250 hello\r\n" : `251 ${line.slice(5)}\r\n`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    try {
      const { report } = await trialRun({
        ...base,
        hold: "1s",
        target: `tcp://127.0.0.1:${port}`,
        framing: "lines",
        conversation: {
          opening: [{ expect: { starts: "220 " } }, { send: "HELO {{index}}", expect: { text: "250 hello" } }],
          requests: [{ name: "echo", every: "200ms", send: "ECHO {{message}}", answer: { text: "251 {{message}}" } }],
        },
      });
      const [echo] = report.conversation?.requests ?? [];
      assert.deepEqual([report.connections.opened, echo?.due, echo?.answered], [20, 100, 100]);
    } finally {
      server.close();
    }
  });
});
