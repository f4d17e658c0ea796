/** Ways to reach a target other than its address: a proxy, a unix socket, an interface. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { WebSocketServer } from "ws";
import { ConnectProxy } from "../../connection/testing/connect-proxy.ts";
import { renderText } from "../../report/text/text.ts";
import { trialRun } from "../testing/run-rig.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-way-"));
const server = createServer();
const fileServer = createServer();
const remotes: (string | undefined)[] = [];
let port = 0;
const file = join(folder, "app.sock");

before(async () => {
  for (const each of [server, fileServer])
    new WebSocketServer({ server: each }).on("connection", (socket) => socket.on("error", () => {}));
  server.on("connection", (socket) => remotes.push(socket.remoteAddress));
  server.listen(0, "127.0.0.1");
  fileServer.listen(file);
  await Promise.all([once(server, "listening"), once(fileServer, "listening")]);
  port = (server.address() as AddressInfo).port;
});
after(async () => {
  for (const each of [server, fileServer]) each.close().closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

const plan = { connections: 20, rampPerSecond: 500, hold: "1s", ping: "500ms", limits: [] };
const skip = process.platform === "linux" ? false : "proxies need the kernel engine";

describe("a run", () => {
  it("goes through a proxy, whose password is in no report", { skip }, async () => {
    const proxy = await ConnectProxy.listen({ credentials: "me:hunter2-secret" });
    const { report } = await trialRun({
      target: `ws://127.0.0.1:${port}/feed`,
      proxy: `http://me:hunter2-secret@127.0.0.1:${proxy.port}`,
      ...plan,
    });
    await proxy.close();
    assert.deepEqual([report.connections.opened, report.connections.refused], [20, 0]);
    assert.deepEqual(new Set(proxy.asked), new Set([`127.0.0.1:${port}`]));
    assert.equal(report.target.proxy, `http://(not shown)@127.0.0.1:${proxy.port}`);
    assert.doesNotMatch(JSON.stringify(report), /hunter2/);
    assert.match(
      renderText(report, { path: "" }),
      new RegExp(`through the proxy http://\\(not shown\\)@127\\.0\\.0\\.1:${proxy.port}`),
    );
  });

  it("counts refusals by the proxy with their own cause, exactly", { skip }, async () => {
    const proxy = await ConnectProxy.listen({ status: 503 });
    const { report } = await trialRun({
      target: `ws://127.0.0.1:${port}/feed`,
      proxy: `http://127.0.0.1:${proxy.port}`,
      ...plan,
    });
    await proxy.close();
    const { planned, opened, refused, byCause, byCode } = report.connections;
    assert.deepEqual([planned, opened, refused, byCause["proxy-refused"]], [20, 0, 20, 20]);
    assert.equal(byCode["proxy-refused:503"], 20);
    assert.notEqual(report.verdict, "pass");
  });

  it("is refused before it starts where the proxy, or the target behind it, may not be loaded", {
    skip,
  }, async () => {
    const local = `ws://127.0.0.1:${port}/feed`;
    await assert.rejects(
      trialRun({ target: local, proxy: "http://192.0.2.1:3128", ...plan }),
      /192\.0\.2\.1 .* is not this machine; add --allow-host 192\.0\.2\.1/,
    );
    await assert.rejects(
      trialRun({ target: "ws://push.example/feed", proxy: "http://127.0.0.1:1", ...plan }),
      /push\.example .*add --allow-host push\.example/,
    );
    await assert.rejects(
      trialRun({ target: local, proxy: "http://127.0.0.1:1", engine: "portable", ...plan }),
      /expected the kernel engine/,
    );
    await assert.rejects(
      trialRun({ target: "rehearsal", proxy: "http://127.0.0.1:1", ...plan }),
      /proxy: expected to be left out with a built-in target/,
    );
    await assert.rejects(
      trialRun({ target: local, proxy: "http://127.0.0.1:1", ...plan }),
      /the proxy 127\.0\.0\.1:1 to accept a connection, but it answered ECONNREFUSED/,
    );
  });

  it("goes through a unix socket, and says that latencies end at our reads", async () => {
    const { report } = await trialRun({ target: `ws+unix:${file}:/feed?token=hunter2-secret`, ...plan });
    assert.deepEqual([report.connections.opened, report.connections.refused, report.clock], [20, 0, "read"]);
    assert.equal(report.target.name, `unix:${file}`);
    assert.ok((report.latencyMs.ping?.count ?? 0) > 0);
    assert.doesNotMatch(JSON.stringify(report), /hunter2/);
  });

  it("uses an interface's address as its source", async () => {
    remotes.length = 0;
    const { report } = await trialRun({ target: `ws://127.0.0.1:${port}/feed`, interface: "lo", ...plan });
    assert.equal(report.connections.opened, 20);
    assert.ok(remotes.length >= 20 && remotes.every((address) => address === "127.0.0.1"));
    await assert.rejects(
      trialRun({ target: `ws://127.0.0.1:${port}/feed`, interface: "nowhere0", ...plan }),
      /expected one of .*lo/,
    );
  });
});
