import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import type { EngineOptions } from "./engine.ts";
import { EngineTrial, localEndpoint, trialKinds, trialOptions } from "./testing/engine-trial.ts";
import { RawServer } from "./testing/raw-server.ts";
import { StalledListener } from "./testing/stalled-listener.ts";
import { upgradeAnswer } from "./testing/websocket-corpus.ts";

const run = promisify(execFile);

for (const { title, name, compression, tls } of trialKinds) {
  const raw = RawServer.over(tls);
  const start = (port: number, more: Partial<EngineOptions> = {}) =>
    EngineTrial.make(name, trialOptions("websocket", [localEndpoint(port, { tls })], { compression, ...more }));

  /** What the engine reports for a server that responds like this. */
  const refusalBy = async (onBytes: Parameters<typeof RawServer.listen>[0], more: Partial<EngineOptions> = {}) => {
    const server = await raw.listen(onBytes);
    const trial = await start(server.port, more);
    trial.engine.open(0);
    const { cause, code } = await trial.saw("refused");
    await trial.until(
      () => server.peers.length > 0 && server.peers.every(({ isClosed, hasEnded }) => isClosed || hasEnded),
      "the socket gone at the server",
    );
    assert.deepEqual(
      trial.told.map(({ what }) => what),
      ["refused"],
    );
    trial.engine.dispose();
    await server.close();
    return [cause, code];
  };

  describe(`${title} engine refused`, () => {
    test("nothing listens", async () => {
      const server = await raw.listen();
      const { port } = server;
      await server.close();
      const trial = await start(port);
      trial.engine.open(0);
      const { cause, code } = await trial.saw("refused");
      assert.deepEqual([cause, code], ["refused", "ECONNREFUSED"]);
      trial.engine.open(0);
      await trial.saw("refused", 0, 2);
      trial.engine.dispose();
    });

    for (const status of [200, 301, 404, 429, 503]) {
      test(`status ${status}`, async () => {
        const answer = `HTTP/1.1 ${status} No\r\nlocation: /elsewhere\r\ncontent-length: 2\r\n\r\nno`;
        assert.deepEqual(await refusalBy(({ socket }) => socket.end(answer)), ["upgrade-rejected", status]);
      });
    }

    test("a wrong accept value", async () => {
      assert.deepEqual(await refusalBy(({ socket }) => socket.end(upgradeAnswer("sec-websocket-key: another\r\n"))), [
        "upgrade-invalid",
        "bad-accept",
      ]);
    });

    test("not HTTP", async () => {
      assert.deepEqual(await refusalBy(({ socket }) => socket.end("220 mail ready\r\n\r\n")), [
        "upgrade-invalid",
        "bad-head",
      ]);
    });

    test("the socket ends before a response", async () => {
      assert.deepEqual(await refusalBy(({ socket }) => socket.end()), ["closed-early", ""]);
    });

    test("the socket ends within the response", async () => {
      assert.deepEqual(await refusalBy(({ socket }) => socket.end("HTTP/1.1 101 Switching")), [
        "upgrade-invalid",
        "cut-short",
      ]);
    });

    test("a reset before a response", async () => {
      assert.deepEqual(await refusalBy(({ socket }) => socket.resetAndDestroy()), ["closed-early", "ECONNRESET"]);
    });

    test("a head larger than 64 KiB", async () => {
      const head = `HTTP/1.1 101 Switching Protocols\r\nset-cookie: ${"x".repeat(70_000)}\r\n\r\n`;
      assert.deepEqual(await refusalBy(({ socket }) => socket.write(head)), ["upgrade-invalid", "head-too-large"]);
    });

    test("a response that never arrives", async () => {
      assert.deepEqual(await refusalBy(() => {}, { upgradeTimeoutMs: 30 }), ["upgrade-timeout", 0]);
    });

    test("the client gives up during the upgrade, and during the connect", async () => {
      const server = await raw.listen();
      const trial = await start(server.port, { slots: 2 });
      trial.engine.open(0);
      await trial.until(() => server.peers.some(({ received }) => received.length > 0), "the request");
      trial.engine.close(0, "close-frame", "interrupted");
      trial.engine.open(1);
      trial.engine.close(1, "rst", "planned");
      assert.deepEqual(
        trial.told.map(({ what, slot, cause }) => [what, slot, cause]),
        [
          ["refused", 0, "interrupted"],
          ["refused", 1, "planned"],
        ],
      );
      await trial.until(
        () => server.peers.every(({ isClosed, hasEnded }) => isClosed || hasEnded),
        "the sockets gone at the server",
      );
      trial.engine.dispose();
      await server.close();
    });

    test("a full backlog: connect-timeout for unanswered connects, upgrade-timeout for accepted ones", async () => {
      const listener = await StalledListener.start();
      const trial = await start(listener.port, { slots: 6, connectTimeoutMs: 400, upgradeTimeoutMs: 400 });
      for (let slot = 0; slot < 6; slot++) trial.engine.open(slot);
      await trial.until(() => trial.of("refused").length === 6, "all refused");
      const causes = trial.of("refused").map(({ cause }) => cause);
      assert.ok(causes.includes("connect-timeout"), String(causes));
      assert.ok(
        causes.every((cause) => cause === "connect-timeout" || cause === "upgrade-timeout"),
        String(causes),
      );
      trial.engine.dispose();
      await listener.stop();
    });

    test("no free source address, and an invalid one", async () => {
      const server = await raw.upgrading();
      const trial = await start(server.port, { slots: 2, sources: ["127.0.0.1", "192.0.2.1"] });
      trial.engine.open(0);
      await trial.saw("opened");
      trial.engine.open(1);
      const { cause, code } = await trial.saw("refused", 1);
      assert.deepEqual([cause, code], ["no-local-port", "EADDRNOTAVAIL"]);
      trial.engine.dispose();
      await server.close();
    });

    test("no descriptor left", { skip: process.platform !== "linux" }, async () => {
      const program = new URL("./testing/descriptor-child.js", import.meta.url).pathname;
      const { stdout } = await run("bash", [
        "-c",
        'ulimit -n 40 && exec "$0" "$@"',
        process.execPath,
        program,
        name,
        String(compression),
      ]);
      const { opened, refused } = JSON.parse(stdout);
      assert.ok(opened > 0, stdout);
      assert.equal(opened + refused.length, 60);
      assert.ok(
        refused.every(([cause, code]: [string, string]) => cause === "no-descriptor" && code === "EMFILE"),
        stdout,
      );
    });
  });
}
