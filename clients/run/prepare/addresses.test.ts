/** Targets whose name has several addresses, by --resolve: the load is spread over them, and each is accounted for. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { WebSocketServer } from "ws";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import { trialRun } from "../testing/run-rig.ts";

const connections = 30;

/** Listens at one address and counts the connections that came there. */
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

describe("a name with several addresses", { timeout: 60_000 }, () => {
  for (const engine of ["kernel", "portable"]) {
    it(`has the load spread over all of them on the ${engine} engine, and each told apart`, async () => {
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

  it("has a dead one named, and the load on the others", async () => {
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

  it("is refused in a sentence where it is written wrongly", async () => {
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
