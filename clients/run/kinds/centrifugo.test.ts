import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import { goProgram, ServerProcess } from "../testing/go-server.ts";
import { freePorts } from "../testing/listening.ts";
import { metricTotal } from "../testing/metric-total.ts";
import { trialRun } from "../testing/run-rig.ts";

const { path, missing } = goProgram("github.com/centrifugal/centrifugo/v6", "v6.9.1", {
  buildMs: 900_000,
  isLarge: true,
});
const base = { connections: 20, rampPerSecond: 400, hold: "3s", dialect: "centrifugo" };

describe("the centrifugo dialect with a real Centrifugo", { skip: missing }, () => {
  const server = new ServerProcess();
  let port = 0;
  before(async () => {
    [port = 0] = await freePorts(1);
    const config = join(server.folder, "config.json");
    // A client that misses one ping is closed within 700 ms; the hold is several times as long.
    const client = { insecure: true, ping_interval: "500ms", pong_timeout: "200ms" };
    const channels = {
      allow_publish_for_subscriber: true,
      allow_subscribe_for_client: true,
      history_size: 1000,
      history_ttl: "60s",
      force_positioning: true,
    };
    const prometheus = { enabled: true };
    const address = { address: "127.0.0.1", port: String(port) };
    writeFileSync(
      config,
      JSON.stringify({ http_server: address, prometheus, client, channel: { without_namespace: channels } }),
    );
    await server.start(path, ["-c", config], port);
  });
  after(() => server.stop());

  const target = (): string => `ws://127.0.0.1:${port}`;
  const counted = (direction: "received" | "sent", type: string): Promise<number> =>
    metricTotal(
      `http://127.0.0.1:${port}/metrics`,
      `centrifugo_transport_messages_${direction}`,
      `frame_type="${type}"`,
    );

  it("connections survive its ping timeout, all receive what one publishes, and its own counters agree", async () => {
    const push = { interval: "500ms", stamp: "none", sequence: "json:push.pub.offset", channel: "json:push.channel" };
    const { report } = await trialRun({
      ...base,
      shards: 2,
      target: target(),
      channel: "prices",
      push,
      publish: { every: "500ms" },
    });
    const { sent, due, received, lost, duplicated, misdelivered } =
      report.conversation?.published?.[0] ?? assert.fail("nothing was published");
    const { opened, refused, closedUnexpectedly } = report.connections;
    assert.deepEqual([opened, refused, closedUnexpectedly], [20, 0, 0], JSON.stringify(report.connections));
    assert.deepEqual([due, lost, duplicated, misdelivered], [sent * 20, 0, 0, 0]);
    assert.deepEqual(
      [await counted("received", "publish"), await counted("sent", "push_publication")],
      [sent, received],
    );
    assert.deepEqual([report.pushes?.received, report.pushes?.lost, report.pushes?.outOfOrder], [received, 0, 0]);
    // Its replies to publications, and its pings.
    assert.equal(report.conversation?.replies, sent + (await counted("received", "client_pong")));
    assert.equal(sent, 120);
  });

  it("counts each of several messages received in one", async () => {
    const sentBefore = await counted("sent", "push_publication");
    const publisher = new WebSocket(`${target()}/connection/websocket`);
    let largest = 0;
    publisher.on("open", () => publisher.send('{"id":1,"connect":{}}'));
    publisher.on("message", (data) => {
      const text = String(data);
      if (text === "{}") publisher.send("{}");
    });
    const subscribedBefore = await counted("sent", "subscribe");
    /** Within the hold: shortly after the last client has subscribed. */
    const publish = async (): Promise<void> => {
      for (const untilMs = performance.now() + 30_000; (await counted("sent", "subscribe")) - subscribedBefore < 3; ) {
        assert.ok(performance.now() < untilMs, "its clients subscribe");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const commands = Array.from({ length: 200 }, (_, i) =>
        JSON.stringify({ id: i + 2, publish: { channel: "bursts", data: { i } } }),
      );
      publisher.send(['{"id":900,"subscribe":{"channel":"bursts"}}', ...commands].join("\n"));
    };
    publisher.on("message", (data) => {
      largest = Math.max(largest, String(data).split("\n").length);
    });
    try {
      const push = { interval: "1h", stamp: "none", sequence: "json:push.pub.offset" };
      const published = publish();
      const { report } = await trialRun({ ...base, connections: 3, target: target(), channel: "bursts", push });
      await published;
      assert.ok(largest > 1, "the server put several messages into one");
      const own = 200;
      assert.equal((await counted("sent", "push_publication")) - sentBefore, 3 * 200 + own);
      assert.deepEqual([report.pushes?.due, report.pushes?.received, report.pushes?.lost], [600, 600, 0]);
    } finally {
      publisher.terminate();
    }
  });

  it("a client that does not answer pings is closed, with its reason", async () => {
    const opening = [{ send: '{"id":1,"connect":{}}', expect: { json: { id: 1, connect: "*" } } }];
    const group = { name: "mute", connections: 5, conversation: { opening, replies: [{ when: { text: "{}" } }] } };
    const { report } = await trialRun({ ...base, connections: undefined, target: target(), groups: [group] });
    assert.deepEqual(
      report.connections.closeReasons?.map(({ code, reason, count }) => [code, reason, count]),
      [["3012", "no pong", 5]],
    );
  });
});
