/** Targets whose name has several addresses, through --resolve: the load is spread over them, with figures for each. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { WebSocketServer } from "ws";
import { nowNs } from "../../measure/clock.ts";
import { PushWriter } from "../../measure/push-message.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import { trialRun } from "../testing/run-rig.ts";

const connections = 30;

/** Listens on one address and counts its connections. */
async function listener(address: string, port: number): Promise<{ port: number; came: () => number; close(): void }> {
  let opened = 0;
  const server = new WebSocketServer({ port, host: address });
  server.on("connection", () => opened++);
  await once(server, "listening");
  const close = (): void => {
    for (const client of server.clients) client.terminate();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, came: () => opened, close };
}

const delayMs = 60;

/**
 * Pushes of the contract (docs/targets.md), each written this long after it was due; every `leavesOut`th is omitted.
 */
async function pusher(address: string, port: number, afterMs: number, leavesOut = Number.POSITIVE_INFINITY) {
  const intervalMs = 200;
  const server = new WebSocketServer({ port, host: address });
  const writer = new PushWriter(32, "monotonic");
  let written = 0;
  server.on("connection", (socket) => {
    let tick = Math.floor(nowNs() / 1e6 / intervalMs);
    const timer = setInterval(() => {
      for (; (tick + 1) * intervalMs + afterMs <= nowNs() / 1e6; tick++) {
        if ((tick + 1) % leavesOut === 0) continue;
        const dueNs = (tick + 1) * intervalMs * 1e6;
        socket.send(Buffer.from(writer.write(tick + 1, dueNs, nowNs(), 0, { seconds: 0, nanoseconds: 0 })));
        written++;
      }
    }, 2);
    socket.on("close", () => clearInterval(timer));
  });
  await once(server, "listening");
  const close = (): void => {
    for (const client of server.clients) client.terminate();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, written: () => written, close };
}

describe("a name with several addresses", { timeout: 60_000 }, () => {
  for (const engine of ["kernel", "portable"]) {
    it(`spreads the load over all of them on the ${engine} engine, with figures for each`, async () => {
      const first = await listener("127.0.0.2", 0);
      const second = await listener("127.0.0.3", first.port);
      const third = await listener("::1", first.port);
      const all = [first, second, third];
      try {
        const name = `house.test:${first.port}`;
        const resolve = [`${name}:127.0.0.2,127.0.0.3`, `${name}:[::1]`];
        const fields = { target: `ws://${name}`, engine, connections, hold: "300ms", resolve };
        const { report } = await trialRun(fields);
        assert.deepEqual(
          report.addresses?.map(({ address, opened, refused }) => [address, opened, refused]),
          [
            ["127.0.0.2", 10, 0],
            ["127.0.0.3", 10, 0],
            ["::1", 10, 0],
          ],
        );
        assert.deepEqual(
          all.map(({ came }) => came()),
          [10, 10, 10],
          "what each address saw itself",
        );
        assert(report.addresses?.every(({ connectMeanMs }) => connectMeanMs !== null && connectMeanMs > 0));
        assert.equal(report.verdict, "pass", JSON.stringify(report.reasons));
      } finally {
        for (const { close } of all) close();
      }
    });
  }

  for (const engine of ["kernel", "portable"]) {
    it(`reports an address with slow pushes on the ${engine} engine, and losses by address`, async () => {
      const fast = await pusher("127.0.0.2", 0, 0, 3);
      const slow = await pusher("127.0.0.3", fast.port, delayMs);
      try {
        const name = `house.test:${fast.port}`;
        const { report } = await trialRun({
          target: `ws://${name}`,
          engine,
          connections,
          hold: "2500ms",
          push: { interval: "200ms", stamp: "holdfast" },
          resolve: [`${name}:127.0.0.2,127.0.0.3`],
          limits: ["lostRatio <= 1"],
        });
        const [quick, late] = report.addresses!;
        // Only pushes due at the end of the hold and already written may still arrive.
        assert(quick!.pushes!.received <= fast.written() && quick!.pushes!.received > 0);
        assert(late!.pushes!.received <= slow.written() && late!.pushes!.received > 0);
        assert.equal(quick!.pushes!.received + late!.pushes!.received, report.pushes!.received);
        assert.equal(quick!.pushes!.lost + late!.pushes!.lost, report.pushes!.lost);
        assert.equal(late!.pushes!.lost, 0, "the slow one loses nothing");
        assert(quick!.pushes!.lost >= connections / 2, "each connection of the other missed a push");
        assert.equal(late!.pushLatencyMs!.count, late!.pushes!.received);
        assert(late!.pushLatencyMs!.p50 >= delayMs, `${late!.pushLatencyMs!.p50} ms: never before it was written`);
        const [remark] = report.notes.filter(({ code }) => code === "slow-address");
        assert.match(remark?.text ?? "", /^half of the pushes from 127\.0\.0\.3 took /);
      } finally {
        fast.close();
        slow.close();
      }
    });
  }

  it("reports a dead one, and loads the others", async () => {
    const alive = await listener("127.0.0.2", 0);
    try {
      const name = `house.test:${alive.port}`;
      const { report } = await trialRun({
        target: `ws://${name}`,
        connections,
        hold: "300ms",
        resolve: [`${name}:127.0.0.2,127.0.0.4`],
      });
      assert.match(
        report.notes.find(({ code }) => code === "dead-address")?.text ?? "",
        /^127\.0\.0\.4, one of 2 addresses of house\.test/,
      );
      assert.deepEqual([report.connections.opened, alive.came()], [connections, connections]);
    } finally {
      alive.close();
    }
  });

  it("must be allowed where it is pinned, whatever name is allowed", async () => {
    const run = trialRun({ target: "ws://localhost:9", connections: 1, resolve: ["localhost:9:169.254.169.254"] });
    await assert.rejects(
      run,
      (error: unknown) => error instanceof ScenarioError && /169\.254\.169\.254/.test(error.message),
    );
  });

  it("is rejected with a sentence when it is malformed", async () => {
    const run = trialRun({
      target: "ws://localhost:9",
      connections: 1,
      resolve: ["localhost:9", "a:0:127.0.0.1", "a:1:somewhere"],
    });
    await assert.rejects(
      run,
      (error: unknown) =>
        error instanceof ScenarioError &&
        error.problems.map(({ field }) => field).join() === "resolve.0,resolve.1,resolve.2",
    );
  });
});
