import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { addressesOf, withInterface } from "./local-interface.ts";
import { isSecureUrl, parseTarget, resolveEndpoints } from "./resolve-endpoint.ts";
import { EngineTrial, localEndpoint, trialOptions } from "./testing/engine-trial.ts";
import { serverFrame, upgradeAnswer } from "./testing/websocket-corpus.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-file-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A server on a unix socket that upgrades, sends "hello" and records the request. */
async function serve(name: string): Promise<{ path: string; asked: string[]; end: () => Promise<void> }> {
  const path = join(folder, name);
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", (bytes) => {
      asked.push(bytes.toString());
      socket.write(Buffer.concat([upgradeAnswer(bytes), serverFrame(1, Buffer.from("hello"))]));
    });
  });
  server.listen(path);
  await once(server, "listening");
  server.unref();
  const end = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  };
  return { path, asked, end };
}

describe("a unix socket URL", () => {
  it("has the file before the second colon and the path after it", async () => {
    const expected = {
      host: "localhost",
      address: "127.0.0.1",
      family: 4,
      port: 80,
      path: "/feed?x=1",
      tls: false,
      socketPath: "/run/app.sock",
    };
    assert.deepEqual(parseTarget("ws+unix:/run/app.sock:/feed?x=1", "websocket"), expected);
    assert.deepEqual(parseTarget("ws+unix:///run/app.sock:/feed?x=1", "websocket"), expected);
    assert.deepEqual((await resolveEndpoints("http+unix:/run/app.sock", "sse")).endpoints, [
      { ...expected, path: "/" },
    ]);
    assert.equal(parseTarget("tcp+unix:/run/raw.sock", "tcp").path, "");
    assert.equal(parseTarget("ws+unix:/run/app.sock:/u/{{user}}", "websocket").path, "/u/{{user}}");
    assert.equal(
      parseTarget("ws+unix:/run/app.sock:/a b\r\nx: \u00fc?q={{user}}", "websocket").path,
      "/a%20bx:%20%C3%BC?q={{user}}",
    );
    assert.equal(parseTarget("tcp+unix:/run/raw.sock:?id=1", "tcp").path, "?id=1");
    assert.deepEqual(
      [isSecureUrl("wss+unix:/a:/"), isSecureUrl("ws+unix:/a:/"), isSecureUrl("https://a")],
      [true, false, true],
    );
  });

  it("is rejected with a sentence when it is invalid", () => {
    for (const [url, message] of [
      ["ws+unix:app.sock:/", /absolute path of a socket file, as in ws\+unix:\/run\/app\.sock:\/path/],
      ["ws+unix:", /absolute path/],
      ["ws+unix:/run/:/", /absolute path/],
      [`ws+unix:/${"x".repeat(120)}:/`, /at most 107 bytes/],
      ["tcp+unix:/a", /expected ws\+unix: or wss\+unix:/],
      ["ws+unix:/a:feed", /expected a path after the second colon/],
      ["ws+unix:/a:/#top", /#fragment/],
    ] as const)
      assert.throws(() => parseTarget(url, "websocket"), { name: "ConnectionError", message }, url);
  });
});

for (const name of process.platform === "linux" ? (["kernel", "portable"] as const) : (["portable"] as const)) {
  describe(`a unix socket, ${name} engine`, () => {
    it("carries every connection, even with a full accept queue, and reports read stamps", async () => {
      const server = await serve(`${name}.sock`);
      // More than the server's queue: Node's sockets do not wait for room in it, the kernel engine's do.
      const slots = name === "kernel" ? 700 : 100;
      const endpoint = localEndpoint(80, { host: "localhost", socketPath: server.path, path: "/feed" });
      const trial = await EngineTrial.make(name, trialOptions("websocket", [endpoint], { slots }));
      for (let slot = 0; slot < slots; slot++) trial.engine.open(slot);
      await trial.until(
        () => trial.of("message").length === slots || trial.of("refused").length > 0,
        "a message on each",
      );
      assert.deepEqual(trial.of("refused"), []);
      assert.equal(trial.of("opened").length, slots);
      assert.match(server.asked[0] ?? "", /^GET \/feed HTTP\/1\.1\r\n[\s\S]*host: localhost\r\n/i);
      assert.deepEqual([trial.engine.clock, trial.engine.counts.unstampedReads], ["read", 0]);
      trial.engine.dispose();
      await server.end();
    });

    it("is refused when nothing listens, and when the file is missing", async () => {
      const server = await serve(`${name}-gone.sock`);
      await server.end();
      const endpoint = localEndpoint(80, { socketPath: server.path });
      const trial = await EngineTrial.make(name, trialOptions("websocket", [endpoint]));
      trial.engine.open(0);
      const { cause, code } = await trial.saw("refused");
      assert.deepEqual([cause, code], ["unreachable", "ENOENT"]);
      trial.engine.dispose();
    });
  });
}

describe("an interface", () => {
  it("resolves to its addresses of the destination's family; an unknown one is rejected, listing known ones", () => {
    assert.ok(addressesOf("lo", 4).includes("127.0.0.1"));
    assert.throws(() => addressesOf("nowhere0", 4), {
      code: "unknown-interface",
      message: /expected one of .*lo.*got "nowhere0"/,
    });
    const options = trialOptions("websocket", [localEndpoint(80)], { interface: "lo" });
    assert.deepEqual(withInterface(options).sources, addressesOf("lo", 4));
    assert.equal(withInterface(trialOptions("websocket", [localEndpoint(80)])).sources.length, 0);
  });
});
