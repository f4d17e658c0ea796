import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type WebSocket, WebSocketServer } from "ws";
import type { EngineOptions, ProtocolName } from "./engine.ts";
import { EngineTrial, localEndpoint, trialKinds, trialOptions } from "./testing/engine-trial.ts";
import { RawServer } from "./testing/raw-server.ts";
import { testCertificate, testKey } from "./testing/test-certificate.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-tls-"));
const authority = join(folder, "authority.pem");
after(() => rmSync(folder, { recursive: true }));
const trusted = { certificateAuthority: authority, insecure: false };

for (const { title, name, compression } of trialKinds.filter(({ tls }) => !tls)) {
  describe(`${title} engine over TLS`, () => {
    let server: Server;
    let sockets: WebSocketServer;
    const clients: { socket: WebSocket; closed: number; extensions: string }[] = [];

    const start = (tls: EngineOptions["tls"], host = "localhost", protocol: ProtocolName = "websocket") => {
      const endpoint = localEndpoint((server.address() as AddressInfo).port, { host, tls: true });
      return EngineTrial.make(name, trialOptions(protocol, [endpoint], { tls, compression }));
    };

    before(async () => {
      writeFileSync(authority, testCertificate);
      server = createServer({ cert: testCertificate, key: testKey }, (_request, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end("data: over TLS\n\n");
      });
      server.on("tlsClientError", () => {});
      sockets = new WebSocketServer({ server, perMessageDeflate: { threshold: 0 } });
      sockets.on("connection", (socket) => {
        const client = { socket, closed: 0, extensions: socket.extensions };
        clients.push(client);
        socket.on("error", () => {});
        socket.on("close", (code) => {
          client.closed = code;
        });
        socket.send("welcome".repeat(100));
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    });

    after(() => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.close();
    });

    test("opens with the given authority, reads, pings and closes", async () => {
      const trial = await start(trusted);
      trial.engine.open(0);
      const { startedNs, tcpNs, atNs } = await trial.saw("opened");
      assert.ok(startedNs <= tcpNs && tcpNs <= atNs);
      const message = await trial.saw("message");
      assert.equal(message.bytes.toString(), "welcome".repeat(100));
      trial.engine.ping(0);
      await trial.saw("pong");
      assert.equal(clients.at(-1)!.extensions, compression ? "permessage-deflate" : "");
      trial.engine.close(0, "close-frame", "planned");
      const { cause, code } = await trial.saw("closed");
      assert.deepEqual([cause, code], ["planned", 1000]);
      trial.engine.dispose();
    });

    test("opens without any authority when insecure", async () => {
      const trial = await start({ certificateAuthority: null, insecure: true });
      trial.engine.open(0);
      await trial.saw("opened");
      trial.engine.dispose();
    });

    test("an untrusted certificate, or one for another host, is tls-failed with its reason", async () => {
      for (const [trial, reason] of [
        [await start({ certificateAuthority: null, insecure: false }), "depth-zero-self-signed-cert"],
        [await start(trusted, "other.test"), "hostname-mismatch"],
      ] as const) {
        trial.engine.open(0);
        const { cause, code } = await trial.saw("refused");
        assert.deepEqual([cause, code], ["tls-failed", reason]);
        assert.equal(trial.told.length, 1);
        trial.engine.dispose();
      }
    });

    test("no TLS is tls-failed, an end during the handshake closed-early, silence upgrade-timeout", async () => {
      const plain = await RawServer.listen(({ socket }) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
      const silent = await RawServer.listen();
      const full = await RawServer.listen(({ socket }) => socket.end());
      for (const [{ port }, expected, expectedCode] of [
        [plain, "tls-failed", "wrong-version-number"],
        [full, "closed-early", ""],
        [silent, "upgrade-timeout", 0],
      ] as const) {
        const options = trialOptions("websocket", [localEndpoint(port, { tls: true })], {
          compression,
          upgradeTimeoutMs: expected === "upgrade-timeout" ? 50 : 20_000,
        });
        const trial = await EngineTrial.make(name, options);
        trial.engine.open(0);
        const { cause, code } = await trial.saw("refused");
        assert.deepEqual([cause, code], [expected, expectedCode]);
        trial.engine.dispose();
      }
      await plain.close();
      await silent.close();
      await full.close();
    });

    test("alerts are named: a missing client certificate, during the handshake (1.2) and after it (1.3)", async () => {
      for (const [maxVersion, reason] of [
        ["TLSv1.2", "alert-handshake-failure"],
        ["TLSv1.3", "alert-certificate-required"],
      ] as const) {
        const picky = createServer({
          cert: testCertificate,
          key: testKey,
          requestCert: true,
          rejectUnauthorized: true,
          maxVersion,
        });
        picky.on("tlsClientError", () => {}).listen(0, "127.0.0.1");
        await once(picky, "listening");
        const endpoint = localEndpoint((picky.address() as AddressInfo).port, { host: "localhost", tls: true });
        const trial = await EngineTrial.make(
          name,
          trialOptions("websocket", [endpoint], { tls: trusted, compression }),
        );
        trial.engine.open(0);
        const { cause, code } = await trial.saw("refused");
        assert.deepEqual([cause, code], ["tls-failed", reason]);
        trial.engine.dispose();
        picky.close();
      }
    });

    test("rst and FIN below TLS, and nothing listening", async () => {
      const trial = await start(trusted);
      trial.engine.open(0);
      await trial.saw("opened");
      trial.engine.close(0, "rst", "planned");
      await trial.until(() => clients.at(-1)!.closed === 1006, "the end at the server");
      trial.engine.open(0);
      await trial.saw("opened", 0, 2);
      clients.at(-1)!.socket.terminate();
      assert.match((await trial.saw("closed", 0, 2)).cause, /eof|reset/);
      trial.engine.dispose();
      const refused = await EngineTrial.make(
        name,
        trialOptions("websocket", [localEndpoint(1, { tls: true })], { compression }),
      );
      refused.engine.open(0);
      assert.equal((await refused.saw("refused")).cause, "refused");
      refused.engine.dispose();
    });

    test("server-sent events", async () => {
      const trial = await start(trusted, "localhost", "sse");
      trial.engine.open(0);
      await trial.saw("opened");
      assert.equal((await trial.saw("message")).bytes.toString(), "over TLS");
      assert.equal((await trial.saw("closed")).cause, "close-frame");
      trial.engine.dispose();
    });

    test("an unreadable or invalid authority is reported", async () => {
      for (const certificateAuthority of [join(folder, "missing.pem"), new URL(import.meta.url).pathname]) {
        await assert.rejects(start({ certificateAuthority, insecure: false }), {
          code: "bad-certificate-authority",
          message: /expected a file with certificates/,
        });
      }
    });
  });
}
