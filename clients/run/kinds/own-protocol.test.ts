import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { ConnectionError } from "../../connection/connection-error.ts";
import { hasRedisServer, startRedis } from "../../target/redis-server.ts";
import { trialRun } from "../testing/run-rig.ts";

const page = readFileSync(fileURLToPath(new URL("../../../../docs/protocols.md", import.meta.url)), "utf8");
const base = { connections: 10, rampPerSecond: 200, hold: "2s", shards: 2 };

describe("a user-defined protocol", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-own-protocol-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const written = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it("works as built in the documentation, with a real Redis", {
    skip: hasRedisServer() ? false : "no redis-server: apt-get install redis-server",
  }, async () => {
    const module = written("redis.ts", /```ts\n(.*?)```/s.exec(page)?.[1] ?? "");
    const redis = await startRedis(folder);
    const { port } = new URL(redis.url);
    const publisher = createConnection(Number(port), "127.0.0.1");
    let number = 0;
    let heard = 0;
    // Each publication is answered with its number of receivers.
    publisher.on("data", (bytes) => {
      for (const answer of bytes.toString().split("\r\n").filter(Boolean)) heard += Number(answer.slice(1));
    });
    const timer = setInterval(() => publisher.write(`PUBLISH news n=${number++}\r\n`), 50);
    try {
      const { report } = await trialRun({
        ...base,
        protocol: module,
        target: `tcp://127.0.0.1:${port}?channel=news`,
        ping: "500ms",
        push: { interval: "5s", stamp: "none", sequence: "text:n=([0-9]+)" },
      });
      const { opened, refused, closedUnexpectedly } = report.connections;
      assert.deepEqual([opened, refused, closedUnexpectedly], [10, 0, 0], JSON.stringify(report.connections));
      assert.deepEqual([report.pushes?.lost, report.pushes?.duplicated, report.pushes?.outOfOrder], [0, 0, 0]);
      assert.equal(report.messages?.received, heard);
      assert.ok((report.latencyMs.ping?.count ?? 0) >= 20, "pings are answered");
    } finally {
      clearInterval(timer);
      publisher.destroy();
      await redis.stop();
    }
  });

  it("that is invalid is reported before anything is dialled", async () => {
    const refused = (text: string, what: RegExp): Promise<void> =>
      assert.rejects(trialRun({ ...base, protocol: text, target: "tcp://127.0.0.1:9" }), (error: Error) => {
        assert.match(error.message, what);
        return error instanceof ConnectionError;
      });
    await refused(join(folder, "nothing.js"), /expected a file with a protocol/);
    await refused(written("empty.js", "export const x = 1;\n"), /export a function makeProtocol/);
    await refused(written("broken.ts", "export function {\n"), /to load, got/);
  });
});
