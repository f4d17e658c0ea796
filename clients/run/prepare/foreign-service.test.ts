import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { type WebSocket, WebSocketServer } from "ws";
import { trialRun } from "../testing/run-rig.ts";

/** A service without the push contract: sends `message` to every client every 200 ms. */
async function broadcast(
  message: (() => string | Buffer) | null,
  act: (sockets: WebSocket[]) => void = () => {},
): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await new Promise((resolve) => server.once("listening", resolve));
  const timer = setInterval(() => {
    if (message !== null) for (const socket of server.clients) socket.send(message());
  }, 200);
  server.on("connection", (socket) => {
    socket.on("message", (data) => socket.send(data));
    if (server.clients.size === 12) setTimeout(() => act([...server.clients]), 1000);
  });
  const stop = (): Promise<void> => {
    clearInterval(timer);
    for (const socket of server.clients) socket.terminate();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/feed`, stop };
}

/** A test machine may stall for longer than a few intervals, which is not the silence meant here. */
const common = { connections: 12, rampPerSecond: 200, hold: "3s", silentAfter: 100 };

describe("a service without the push contract", { concurrency: 4 }, () => {
  it("yields ping round trips and disconnects by cause, with pushes and their latency null", async () => {
    const service = await broadcast(
      () => "hello",
      (sockets) => {
        for (const socket of sockets.slice(0, 3)) socket.close(1011, "no");
        for (const socket of sockets.slice(3, 5)) socket.terminate();
      },
    );
    try {
      const { report, events } = await trialRun({ ...common, target: service.url, ping: "500ms" });
      assert.deepEqual(report.connections.byCode, { "close-frame:1011": 3 });
      assert.equal(report.connections.closedUnexpectedly, 5);
      assert.equal((report.connections.byCause.eof ?? 0) + (report.connections.byCause.reset ?? 0), 2);
      assert.equal(report.connections.byCause.planned, 7);
      assert.deepEqual([report.pushes, report.latencyMs.push ?? null], [null, null]);
      assert((report.latencyMs.ping?.count ?? 0) >= 12, String(report.latencyMs.ping?.count));
      assert.equal(report.regularity, undefined);
      assert(report.notes.some(({ code }) => code === "not-stamped"));
      assert.equal(events.filter(({ what, cause }) => what === "closed" && cause !== "planned").length, 5);
    } finally {
      await service.stop();
    }
  });

  it("that never sends anything is not considered silent", async () => {
    const service = await broadcast(null);
    try {
      const { report } = await trialRun({ ...common, target: service.url });
      assert.deepEqual(report.connections.byCause, { planned: 12 });
      assert.equal(report.verdict, "pass");
    } finally {
      await service.stop();
    }
  });

  it("reports how even its messages are, compared with the declared interval", async () => {
    const service = await broadcast(() => "tick");
    try {
      const { report } = await trialRun({ ...common, target: service.url, push: { interval: "200ms" } });
      assert.equal(report.pushes, null);
      assert((report.regularity?.gaps ?? 0) >= 12, String(report.regularity?.gaps));
      assert.equal(report.connections.closedUnexpectedly, 0);
    } finally {
      await service.stop();
    }
  });

  for (const [stamp, message] of [
    ["json:data.sentAt,ms,realtime", () => JSON.stringify({ data: { sentAt: Date.now() } })],
    ["json:at", () => JSON.stringify({ at: new Date().toISOString() })],
    ["binary:16,u64be,ns,monotonic", () => Buffer.concat([Buffer.alloc(16), u64(process.hrtime.bigint())])],
    ["binary:0,u64be,us", () => u64(BigInt(Date.now()) * 1000n)],
  ] as const) {
    it(`with its instant at ${stamp} is timed from there`, async () => {
      const service = await broadcast(message);
      try {
        const { report } = await trialRun({
          ...common,
          hold: "2s",
          target: service.url,
          push: { interval: "200ms", stamp },
        });
        assert.equal(report.pushes, null);
        const push = report.latencyMs.push;
        assert((push?.count ?? 0) >= 12, JSON.stringify(report.notes));
        // Between zero and a few seconds: the delay depends on this machine, while the unit and the clock are ours.
        assert(push !== null && push !== undefined && push.p50 < 5000, JSON.stringify(push));
        assert(report.notes.some(({ code }) => code === "latency-from-stamp"));
      } finally {
        await service.stop();
      }
    });
  }
});

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
