import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { type WebSocket, WebSocketServer } from "ws";
import type { EngineOptions } from "./engine.ts";
import { EngineTrial, localEndpoint, trialKinds, trialOptions } from "./testing/engine-trial.ts";
import { RawServer } from "./testing/raw-server.ts";
import { testCertificate, testKey } from "./testing/test-certificate.ts";
import { corpus, corpusMaxMessageBytes, serverFrame } from "./testing/websocket-corpus.ts";

const sizes = [0, 1, 125, 126, 127, 65535, 65536, 300_000];

for (const kind of trialKinds) {
  describe(`${kind.title} engine against the ws library`, () => {
    let web: Server;
    let server: WebSocketServer;
    let trial: EngineTrial;
    const clients: {
      socket: WebSocket;
      got: [Buffer, boolean][];
      closed: [number, string] | null;
      protocol: string;
      url: string;
    }[] = [];

    const start = async (more: Partial<EngineOptions> = {}): Promise<EngineTrial> => {
      const endpoint = localEndpoint((web.address() as AddressInfo).port, { path: "/push?x=1", tls: kind.tls });
      trial = await EngineTrial.make(
        kind.name,
        trialOptions("websocket", [endpoint], { compression: kind.compression, slots: 4, ...more }),
      );
      return trial;
    };

    before(async () => {
      web = kind.tls ? createSecureServer({ cert: testCertificate, key: testKey }) : createServer();
      server = new WebSocketServer({ server: web, perMessageDeflate: { threshold: 100 } });
      server.on("connection", (socket, request) => {
        const client = {
          socket,
          got: [] as [Buffer, boolean][],
          closed: null as [number, string] | null,
          protocol: socket.protocol,
          url: request.url ?? "",
        };
        clients.push(client);
        socket.on("message", (data, isBinary) => client.got.push([data as Buffer, isBinary]));
        socket.on("close", (code, reason) => {
          client.closed = [code, String(reason)];
        });
        socket.on("error", () => {});
      });
      web.listen(0, "127.0.0.1");
      await once(web, "listening");
    });

    after(() => {
      for (const socket of server.clients) socket.terminate();
      server.close();
      web.close();
    });

    test("messages from the server arrive: sizes, text, fragments, pings in between", async () => {
      const trial = await start();
      trial.engine.open(0);
      const { startedNs, tcpNs, atNs } = await trial.saw("opened");
      assert.ok(startedNs <= tcpNs && tcpNs <= atNs, "started, then TCP, then open");
      const { socket, url } = clients.at(-1)!;
      assert.equal(url, "/push?x=1");
      const sent = sizes.map((size) => Buffer.alloc(size, `${size};`));
      let pongs = 0;
      socket.on("pong", () => pongs++);
      for (const payload of sent) {
        socket.send(payload);
        socket.ping("are you there");
      }
      socket.send("text ✓");
      for (const piece of ["a", "b", "c"]) socket.send(piece, { fin: piece === "c", binary: false });
      await trial.until(
        () => trial.of("message").length === sent.length + 2 && pongs === sent.length,
        "all messages and pongs",
      );
      const got = trial.of("message").map(({ bytes }) => bytes);
      assert.deepEqual(got, [...sent, Buffer.from("text ✓"), Buffer.from("abc")]);
      trial.engine.dispose();
    });

    test("messages from the client arrive: first message, sizes, text and binary", async () => {
      const trial = await start({ firstMessage: '{"subscribe":"✓"}' });
      trial.engine.open(1);
      await trial.saw("opened", 1);
      const client = clients.at(-1)!;
      const sent = sizes.map((size) => Buffer.alloc(size, 0xfe));
      for (const payload of sent) trial.engine.send(1, payload);
      await trial.until(() => client.got.length === sent.length + 1, "all messages at the server");
      assert.deepEqual(client.got[0], [Buffer.from('{"subscribe":"✓"}'), false]);
      assert.deepEqual(
        client.got.slice(1).map(([bytes]) => bytes),
        sent,
      );
      trial.engine.dispose();
    });

    test("a ping is answered with its round trip", async () => {
      const trial = await start();
      trial.engine.open(0);
      await trial.saw("opened");
      trial.engine.ping(0);
      trial.engine.ping(0);
      await trial.until(() => trial.of("pong").length === 2, "two pongs");
      for (const { atNs } of trial.of("pong")) assert.ok(atNs > 0);
      trial.engine.dispose();
    });

    test("a subprotocol and headers are sent", async () => {
      const trial = await start({ subprotocols: ["hf.v1"], headers: { "x-token": "t1" } });
      const requested = once(server, "headers");
      trial.engine.open(0);
      await trial.saw("opened");
      const [, request] = (await requested) as [string[], { headers: Record<string, string> }];
      assert.equal(request.headers["x-token"], "t1");
      assert.equal(clients.at(-1)!.protocol, "hf.v1");
      trial.engine.dispose();
    });

    test("the client's close is answered; the sink is notified once, with its cause", async () => {
      const trial = await start();
      trial.engine.open(0);
      await trial.saw("opened");
      trial.engine.close(0, "close-frame", "planned");
      trial.engine.close(0, "close-frame", "interrupted");
      const { cause, code } = await trial.saw("closed");
      assert.deepEqual([cause, code], ["planned", 1000]);
      await trial.until(() => clients.at(-1)!.closed !== null, "the server's close event");
      assert.deepEqual(clients.at(-1)!.closed, [1000, ""]);
      assert.equal(trial.of("closed").length, 1);
      trial.engine.dispose();
    });

    for (const [sent, told] of [
      [1001, 1001],
      [4321, 4321],
      [undefined, 0],
    ] as const) {
      test(`the server's close ${sent ?? "without code"} is answered and reported`, async () => {
        const trial = await start();
        trial.engine.open(0);
        await trial.saw("opened");
        const client = clients.at(-1)!;
        client.socket.close(sent, sent === undefined ? undefined : "going");
        const { cause, code } = await trial.saw("closed");
        assert.deepEqual([cause, code], ["close-frame", told]);
        await trial.until(() => client.closed !== null, "the server's close event");
        assert.equal(client.closed?.[0], sent ?? 1005);
        trial.engine.dispose();
      });
    }

    test("simultaneous closes are reported once, with the client's cause", async () => {
      const trial = await start();
      trial.engine.open(0);
      await trial.saw("opened");
      clients.at(-1)!.socket.close(1001);
      trial.engine.close(0, "close-frame", "planned");
      const { cause } = await trial.saw("closed");
      assert.equal(cause, "planned");
      await trial.until(() => clients.at(-1)!.closed !== null, "the server's close event");
      assert.equal(trial.of("closed").length, 1);
      trial.engine.dispose();
    });

    test("a slot is reused after its close, many times", async () => {
      const trial = await start();
      for (let round = 1; round <= 5; round++) {
        for (let slot = 0; slot < 4; slot++) trial.engine.open(slot);
        await trial.until(() => trial.of("opened").length === 4 * round, "all open");
        for (const { socket } of clients.slice(-4)) socket.send(`round ${round}`);
        await trial.until(() => trial.of("message").length === 4 * round, "all messages");
        for (let slot = 0; slot < 4; slot++)
          trial.engine.close(slot, (["close-frame", "fin", "rst", "close-frame"] as const)[slot]!, "planned");
        await trial.until(() => trial.of("closed").length === 4 * round, "all closed");
      }
      assert.ok(trial.of("closed").every(({ cause }) => cause === "planned"));
      assert.ok(trial.of("message").every(({ bytes }, i) => bytes.toString() === `round ${Math.floor(i / 4) + 1}`));
      trial.engine.dispose();
    });
  });

  describe(`${kind.title} engine against the corpus`, () => {
    for (const { name, bytes, told } of corpus) {
      test(`${name}, right after the 101`, async () => {
        const server = await RawServer.over(kind.tls).upgrading(bytes);
        const trial = await EngineTrial.make(
          kind.name,
          trialOptions("websocket", [localEndpoint(server.port, { tls: kind.tls })], {
            compression: kind.compression,
            maxMessageBytes: corpusMaxMessageBytes,
            closeTimeoutMs: 200,
          }),
        );
        trial.engine.open(0);
        await trial.saw("opened");
        const messages = told.filter((line) => line.startsWith("message"));
        const ends = told.filter((line) => line.startsWith("closed") || line.startsWith("violation"));
        await trial.until(
          () => trial.of("message").length >= messages.length && trial.of("closed").length >= ends.length,
          told.join(", ").slice(0, 99),
        );
        assert.deepEqual(
          trial.of("message").map((one) => `message ${one.bytes.toString("hex")}`),
          messages,
        );
        const endings = trial
          .of("closed")
          .map(({ cause, code, detail }) => (cause === "close-frame" ? `closed ${code}` : `violation ${detail}`));
        if (kind.compression) assert.deepEqual(endings.length, ends.length);
        else assert.deepEqual(endings, ends);
        trial.engine.dispose();
        await server.close();
      });
    }

    test("a message that the peer sends byte by byte", async () => {
      const server = await RawServer.over(kind.tls).upgrading();
      const trial = await EngineTrial.make(
        kind.name,
        trialOptions("websocket", [localEndpoint(server.port, { tls: kind.tls })], { compression: kind.compression }),
      );
      trial.engine.open(0);
      await trial.saw("opened");
      const frames = Buffer.concat([serverFrame(2, "x".repeat(200)), serverFrame(9, "p"), serverFrame(2, "y")]);
      for (const byte of frames) {
        const written = new Promise((resolve) => server.peers[0]!.socket.write(Buffer.of(byte), resolve));
        await written;
        await trial.engine.turn(0);
      }
      await trial.until(() => trial.of("message").length === 2, "both messages");
      assert.deepEqual(
        trial.of("message").map(({ bytes }) => bytes.length),
        [200, 1],
      );
      trial.engine.dispose();
      await server.close();
    });
  });
}
