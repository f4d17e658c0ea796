import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as settle } from "node:timers/promises";
import { createServer, type TlsOptions as ServerTls, type TLSSocket } from "node:tls";
import type { EngineOptions } from "../engine.ts";
import { EngineTrial, localEndpoint, trialOptions } from "../testing/engine-trial.ts";
import { hasOpensslCommand, OpensslServer } from "../testing/openssl-server.ts";
import { PiecemealRelay } from "../testing/piecemeal-relay.ts";
import { RawServer } from "../testing/raw-server.ts";
import { testCertificate, testKey } from "../testing/test-certificate.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-tls-"));
const file = (name: string): string => join(folder, name);
const opened = Buffer.alloc(4);

/** A message of the raw TCP protocol. */
function framed(text: string | Buffer): Buffer {
  const body = Buffer.from(text as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

async function tcpTrial(port: number, more: Partial<EngineOptions> = {}): Promise<EngineTrial> {
  return EngineTrial.make("kernel", trialOptions("tcp", [localEndpoint(port, { tls: true, path: "?x=1" })], more));
}

/** A server that opens at once and then calls back with each client. */
async function serve(options: ServerTls, onClient: (socket: TLSSocket) => void = () => {}) {
  const server = createServer({ cert: testCertificate, key: testKey, ...options }, (socket) => {
    socket.on("error", () => {}).unref();
    socket.write(opened);
    onClient(socket);
  });
  server
    .on("tlsClientError", () => {})
    .listen(0, "127.0.0.1")
    .unref();
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

const messages = (trial: EngineTrial): string[] =>
  trial.of("message").map(({ bytes }) => (bytes.length > 40 ? String(bytes.length) : bytes.toString()));

describe("TLS on the kernel engine", { skip: process.platform !== "linux" }, () => {
  before(() => {
    writeFileSync(file("cert.pem"), testCertificate);
    writeFileSync(file("key.pem"), testKey);
  });
  after(() => rmSync(folder, { recursive: true }));

  test("handshakes that are ready all at once are taken a few a turn, and all are completed", async () => {
    const slots = 150;
    const server = await serve({});
    const trial = await tcpTrial(server.port, { slots });
    for (let slot = 0; slot < slots; slot++) trial.engine.open(slot);
    const perTurn: number[] = [];
    for (let turns = 0; trial.of("opened").length < slots && turns < 200; turns++) {
      // The server has answered whatever it was sent before the next turn.
      await settle(50);
      const before = trial.sessions.length;
      await trial.engine.turn(1);
      perTurn.push(trial.sessions.length - before);
    }
    assert.equal(trial.of("opened").length, slots);
    assert.ok(Math.max(...perTurn) <= 32, `${perTurn}`);
    trial.engine.dispose();
    server.close();
  });

  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    for (const pieceBytes of [1, 7, 1000, 16_384 + 5, 0]) {
      test(`${maxVersion}: records in pieces of ${pieceBytes === 0 ? "any size, several in one" : `${pieceBytes} bytes`} give the same messages`, async () => {
        const large = Buffer.alloc(pieceBytes === 1 ? 2000 : 300_000, 0xab);
        const server = await serve({ maxVersion }, (socket) => {
          socket.write(framed("first"));
          socket.write(framed(large));
          for (let i = 0; i < 20; i++) socket.write(framed(`n${i}`));
        });
        const relay = await PiecemealRelay.start(server.port, pieceBytes);
        const trial = await tcpTrial(relay.port);
        trial.engine.open(0);
        await trial.until(() => trial.of("message").length === 22, "all messages");
        assert.deepEqual(messages(trial), [
          "first",
          String(large.length),
          ...Array.from({ length: 20 }, (_, i) => `n${i}`),
        ]);
        relay.endClient();
        const { cause, code, detail } = await trial.saw("closed");
        assert.deepEqual([cause, code, detail], ["eof", "truncated", "truncated"]);
        trial.engine.dispose();
        relay.close();
        server.close();
      });
    }
  }

  test("a stream that ends with close_notify is not truncated, and messages before it are delivered", async () => {
    const server = await serve({}, (socket) => socket.end(framed("last")));
    const trial = await tcpTrial(server.port);
    trial.engine.open(0);
    const { cause, code } = await trial.saw("closed");
    assert.deepEqual([messages(trial), cause, code], [["last"], "eof", 0]);
    trial.engine.dispose();
    server.close();
  });

  test("invalid bytes after the handshake are a named protocol error, reported once", async () => {
    const server = await RawServer.over(true).listen(({ socket }) => socket.write(opened));
    const relay = await PiecemealRelay.start(server.port, 0);
    const trial = await tcpTrial(relay.port);
    trial.engine.open(0);
    await trial.saw("opened");
    relay.writeClient(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const { cause, code } = await trial.saw("closed");
    assert.equal(cause, "protocol-error");
    assert.match(String(code), /^tls-/);
    assert.equal(trial.of("closed").length, 1);
    trial.engine.dispose();
    relay.close();
    await server.close();
  });

  test("arbitrary bytes instead of records cause a single refusal or close, without throwing", async () => {
    for (let round = 0; round < 60; round++) {
      const server = await serve({}, (socket) => socket.write(framed("message")));
      const relay = await PiecemealRelay.start(server.port, 0, (bytes, at) => {
        // One byte of the stream is changed, at a position that advances with the rounds.
        const spoilt = Buffer.from(bytes);
        const place = round * 29 - at;
        if (place >= 0 && place < spoilt.length) spoilt[place] = spoilt[place]! ^ (1 << (round % 8));
        return spoilt;
      });
      const trial = await tcpTrial(relay.port, { upgradeTimeoutMs: 200 });
      trial.engine.open(0);
      await trial.until(
        () => trial.of("refused").length + trial.of("closed").length + trial.of("message").length > 0,
        "an end or the message",
      );
      assert.ok(trial.of("refused").length + trial.of("closed").length <= 1);
      trial.engine.dispose();
      relay.close();
      server.close();
    }
  });

  for (const [maxVersion, refused] of [
    ["TLSv1.2", "alert-handshake-failure"],
    ["TLSv1.3", "alert-certificate-required"],
  ] as const) {
    test(`${maxVersion}: a client certificate is accepted where required; without it the alert is named`, async () => {
      const server = await serve({ maxVersion, requestCert: true, rejectUnauthorized: true, ca: testCertificate });
      const tls = { insecure: true, certificate: file("cert.pem"), key: file("key.pem") };
      const trial = await tcpTrial(server.port, { tls });
      trial.engine.open(0);
      await trial.saw("opened");
      trial.engine.dispose();
      const without = await tcpTrial(server.port);
      without.engine.open(0);
      const { cause, code } = await without.saw("refused");
      assert.deepEqual([cause, code], ["tls-failed", refused]);
      without.engine.dispose();
      server.close();
    });

    test(`${maxVersion}: a reconnecting connection resumes its session, only if requested`, async () => {
      for (const resume of ["none", "tickets"] as const) {
        const server = await serve({ maxVersion }, (socket) => socket.write(framed("here")));
        const trial = await tcpTrial(server.port, { slots: 2, tls: { insecure: true, resume } });
        for (let life = 1; life <= 3; life++) {
          for (const slot of [0, 1]) trial.engine.open(slot);
          await trial.until(() => trial.of("message").length === 2 * life, "a message each");
          for (const slot of [0, 1]) trial.engine.close(slot, "rst", "planned");
        }
        const resumed = trial.sessions.map(({ isResumed }) => isResumed);
        const later = resume === "tickets";
        assert.deepEqual(resumed, [false, false, later, later, later, later]);
        assert.ok(trial.sessions.every(({ version }) => version === maxVersion));
        trial.engine.dispose();
        server.close();
      }
    });
  }

  test("ALPN offers the requested protocols and reports the choice; ciphers and versions are respected", async () => {
    const server = await serve({ ALPNProtocols: ["mqtt", "http/1.1"] });
    for (const [tls, expected] of [
      [{}, ["TLSv1.3", ""]],
      [{ alpn: ["mqtt"] }, ["TLSv1.3", "mqtt"]],
      [{ ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384" }, ["TLSv1.2", ""]],
      [{ ciphers: "TLS_CHACHA20_POLY1305_SHA256" }, ["TLSv1.3", ""]],
    ] as const) {
      const trial = await tcpTrial(server.port, { tls: { insecure: true, ...tls } });
      trial.engine.open(0);
      await trial.saw("opened");
      const [session] = trial.sessions;
      assert.deepEqual([session?.version, session?.alpn], expected);
      if ("ciphers" in tls) assert.equal(session?.cipher, tls.ciphers);
      trial.engine.dispose();
    }
    server.close();
  });

  test("sent data arrives whole while the peer reads late, and is followed by close_notify", async () => {
    const server = await RawServer.over(true).listen((peer, bytes) => {
      if (peer.received.length === bytes.length) peer.socket.write(opened);
    });
    const trial = await tcpTrial(server.port);
    trial.engine.open(0);
    await trial.saw("opened");
    const peer = server.peers[0]!;
    const before = peer.received.length;
    trial.engine.send(0, Buffer.alloc(3_000_000, 0xcd));
    trial.engine.send(0, Buffer.from("last"));
    await trial.until(() => peer.received.length - before === 3_000_004 + 8, "everything at the server");
    assert.equal(peer.received.subarray(-4).toString(), "last");
    trial.engine.close(0, "fin", "planned");
    await trial.until(() => peer.hasEnded, "our close_notify");
    peer.socket.end();
    assert.equal((await trial.saw("closed")).cause, "planned");
    trial.engine.dispose();
    await server.close();
  });
});

describe("TLS against openssl s_server", { skip: process.platform !== "linux" || !hasOpensslCommand() }, () => {
  test("TLS 1.3: no tickets, many tickets, and key updates with and without a requested answer", async () => {
    for (const tickets of [0, 2, 20]) {
      const server = await OpensslServer.start(["-tls1_3", "-num_tickets", String(tickets)]);
      const trial = await tcpTrial(server.port);
      trial.engine.open(0);
      await trial.until(() => trial.sessions.length === 1, "the handshake");
      await server.write(opened);
      await trial.saw("opened");
      for (const [i, command] of ["k\n", "K\n", "K\n"].entries()) {
        await server.write(command);
        await trial.engine.turn(20);
        await server.write(framed(`after ${i}`));
        await trial.saw("message", 0, i + 1);
      }
      assert.deepEqual(messages(trial), ["after 0", "after 1", "after 2"]);
      trial.engine.dispose();
      server.stop();
    }
  });

  test("TLS 1.2: renegotiation is refused, and the connection continues or is ended by the server", async () => {
    const server = await OpensslServer.start(["-tls1_2"]);
    const trial = await tcpTrial(server.port);
    trial.engine.open(0);
    await trial.until(() => trial.sessions.length === 1, "the handshake");
    await server.write(opened);
    await trial.saw("opened");
    await server.write("r\n");
    await trial.engine.turn(20);
    await server.write(framed("after"));
    await trial.until(() => trial.of("message").length + trial.of("closed").length > 0, "a message or the end");
    assert.equal(trial.sessions.length, 1, "no second handshake");
    trial.engine.dispose();
    server.stop();
  });
});
