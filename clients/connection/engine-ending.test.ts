import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EngineOptions, ProtocolName } from "./engine.ts";
import { EngineTrial, localEndpoint, trialKinds, trialOptions } from "./testing/engine-trial.ts";
import { RawServer } from "./testing/raw-server.ts";
import { serverFrame, upgradeAnswer } from "./testing/websocket-corpus.ts";

const hello = serverFrame(2, "hello");

/** The code of a client's last close frame, -1 when the last bytes are not one. */
function lastCloseCode(received: Buffer): number {
  const frame = received.subarray(-8);
  return frame[0] === 0x88 && frame[1] === 0x82 ? ((frame[6]! ^ frame[2]!) << 8) | (frame[7]! ^ frame[3]!) : -1;
}

for (const { title, name, compression, tls } of trialKinds) {
  const raw = RawServer.over(tls);
  const openOne = async (server: RawServer, more: Partial<EngineOptions> = {}) => {
    const trial = await EngineTrial.make(
      name,
      trialOptions("websocket", [localEndpoint(server.port, { tls })], { compression, ...more }),
    );
    trial.engine.open(0);
    await trial.saw("opened");
    return { trial, peer: server.peers.at(-1)! };
  };
  const finish = async (trial: EngineTrial, server: RawServer) => {
    assert.equal(trial.of("closed").length, 1, "told once");
    trial.engine.dispose();
    await server.close();
  };

  describe(`${title} engine, ends of connections`, () => {
    test("FIN without a close frame is eof, also right after a message", async () => {
      const server = await raw.upgrading(hello);
      const { trial, peer } = await openOne(server);
      peer.socket.end(hello);
      const { cause, code, detail } = await trial.saw("closed");
      assert.deepEqual([cause, code, detail], ["eof", 0, ""]);
      assert.equal(trial.of("message").length, 2);
      await finish(trial, server);
    });

    test("a reset is reported as such", async () => {
      const server = await raw.upgrading();
      const { trial, peer } = await openOne(server);
      peer.socket.resetAndDestroy();
      const { cause, detail } = await trial.saw("closed");
      assert.deepEqual([cause, detail], ["reset", "ECONNRESET"]);
      await finish(trial, server);
    });

    test("rst resets at once", async () => {
      const server = await raw.upgrading();
      const { trial, peer } = await openOne(server);
      trial.engine.close(0, "rst", "planned");
      assert.equal(trial.of("closed", 0)[0]?.cause, "planned");
      await trial.until(() => peer.isClosed, "the end at the server");
      assert.equal(peer.error, "ECONNRESET");
      await finish(trial, server);
    });

    test("fin ends the sending direction, delivers messages until the peer's end, then completes", async () => {
      const server = await raw.upgrading();
      const { trial, peer } = await openOne(server);
      trial.engine.close(0, "fin", "planned");
      await trial.until(() => peer.hasEnded, "our FIN");
      assert.equal(peer.error, "");
      assert.equal(trial.of("closed").length, 0);
      peer.socket.end(hello);
      const { cause, code } = await trial.saw("closed");
      assert.deepEqual([cause, code], ["planned", 0]);
      assert.equal(trial.of("message").length, 1);
      await finish(trial, server);
    });

    for (const manner of ["close-frame", "fin"] as const) {
      test(`${manner}: a peer that does not respond is abandoned after closeTimeoutMs, reported once`, async () => {
        const server = await raw.upgrading();
        const { trial, peer } = await openOne(server, { closeTimeoutMs: 30 });
        trial.engine.close(0, manner, "planned");
        const { cause } = await trial.saw("closed");
        assert.equal(cause, "planned");
        await trial.until(() => peer.hasEnded || peer.isClosed, "our end of the socket");
        await finish(trial, server);
      });
    }

    test("a peer that closes but does not end its stream is abandoned after closeTimeoutMs, once", async () => {
      const server = await raw.upgrading();
      const { trial, peer } = await openOne(server, { closeTimeoutMs: 30 });
      peer.socket.write(serverFrame(8, Buffer.of(0x03, 0xe9)));
      const { cause, code } = await trial.saw("closed");
      assert.deepEqual([cause, code], ["close-frame", 1001]);
      await trial.until(() => peer.hasEnded || peer.isClosed, "our end of the socket");
      await finish(trial, server);
    });

    test("a reset or FIN during a close is reported once, with the client's cause", async () => {
      for (const manner of ["rst", "fin"] as const) {
        const server = await raw.upgrading();
        const { trial, peer } = await openOne(server);
        trial.engine.close(0, "close-frame", "planned");
        if (manner === "rst") peer.socket.resetAndDestroy();
        else peer.socket.end();
        const { cause, code } = await trial.saw("closed");
        assert.deepEqual([cause, code], ["planned", 0]);
        await finish(trial, server);
      }
    });

    test("a violation during a close is reported once, with the client's cause", async () => {
      const server = await raw.upgrading();
      const { trial, peer } = await openOne(server);
      trial.engine.close(0, "close-frame", "planned");
      peer.socket.write(Buffer.concat([hello, serverFrame(7), serverFrame(8)]));
      const { cause } = await trial.saw("closed");
      assert.equal(cause, "planned");
      await finish(trial, server);
    });

    test("abandoned: reported at once, and nothing follows", async () => {
      const server = await raw.upgrading();
      const { trial, peer } = await openOne(server);
      peer.socket.write(hello);
      trial.engine.abandon(0, "silent", "no push");
      const [{ cause, detail } = { cause: "", detail: "" }] = trial.of("closed");
      assert.deepEqual([cause, detail], ["silent", "no push"]);
      trial.engine.abandon(0, "silent", "again");
      trial.engine.close(0, "close-frame", "planned");
      trial.engine.send(0, Buffer.from("x"));
      trial.engine.ping(0);
      await trial.until(() => peer.isClosed || peer.hasEnded, "the end at the server");
      assert.equal(trial.of("message").length, 0);
      await finish(trial, server);
    });

    test("abandoned or closed from within a message: drops the rest of that read, can be reopened at once", async () => {
      const server = await raw.upgrading();
      const { trial } = await openOne(server);
      trial.onTold = ({ what, bytes }) => {
        if (what !== "message" || bytes.toString() !== "hello") return;
        trial.engine.abandon(0, "silent", "");
        trial.engine.open(0);
      };
      server.peers[0]!.socket.write(Buffer.concat([hello, hello, serverFrame(8), hello.subarray(0, 3)]));
      await trial.saw("opened", 0, 2);
      server.peers[1]!.socket.write(serverFrame(2, "second life"));
      await trial.saw("message", 0, 2);
      assert.deepEqual(
        trial.told.map(({ what }) => what),
        ["opened", "message", "closed", "opened", "message"],
      );
      assert.equal(trial.told.at(-1)?.bytes.toString(), "second life");
      await finish(trial, server);
    });

    test("reopened from within closed, for every kind of end", async () => {
      const server = await raw.upgrading();
      // The library reports a close only when the socket has ended.
      const { trial } = await openOne(server, compression ? { closeTimeoutMs: 30 } : {});
      trial.onTold = ({ what, slot }) => {
        if (what === "closed") trial.engine.open(slot);
      };
      const ends = [
        (i: number) => server.peers[i]!.socket.write(serverFrame(8)),
        (i: number) => server.peers[i]!.socket.write(Buffer.concat([serverFrame(7), hello])),
        (i: number) => server.peers[i]!.socket.end(),
        (i: number) => server.peers[i]!.socket.resetAndDestroy(),
        () => trial.engine.close(0, "rst", "planned"),
        () => trial.engine.abandon(0, "silent", ""),
      ];
      for (const [i, end] of ends.entries()) {
        end(i);
        await trial.until(
          () =>
            trial.of("closed").length === i + 1 && trial.of("opened").length === i + 2 && server.peers.length === i + 2,
          `life ${i + 2}`,
        );
      }
      assert.deepEqual(
        trial.of("closed").map(({ cause }) => cause),
        ["close-frame", "protocol-error", "eof", "reset", "planned", "silent"],
      );
      trial.engine.dispose();
      await server.close();
    });

    test("a slot in use cannot be opened", async () => {
      const server = await raw.upgrading();
      const { trial } = await openOne(server);
      assert.throws(() => trial.engine.open(0), /expected slot 0 to be free/);
      trial.engine.dispose();
      await server.close();
    });
  });

  if (compression) continue;

  test(`${title} engine answers a violation with its close code, and a close with the peer's code`, async () => {
    for (const [frame, code] of [
      [serverFrame(7), 1002],
      [serverFrame(1, Buffer.of(0xff)), 1007],
      [serverFrame(2, Buffer.alloc(200)), 1009],
      [serverFrame(8, Buffer.of(0x03, 0xe9)), 1001],
    ] as const) {
      const server = await raw.upgrading();
      const { trial, peer } = await openOne(server, { maxMessageBytes: 100, closeTimeoutMs: 10 });
      peer.socket.write(frame);
      await trial.saw("closed");
      await trial.until(() => peer.hasEnded || peer.isClosed, "the end");
      assert.equal(lastCloseCode(peer.received), code);
      await finish(trial, server);
    }
  });

  test(`${title} engine, tcp and sse: opened, messages, end of stream, refusals`, async () => {
    const event = "data: hello\n\n";
    const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    const cases: [ProtocolName, Buffer, string[]][] = [
      ["tcp", Buffer.from("\0\0\0\0\0\0\0\x05hello"), ["opened  ", "message  hello", "closed eof "]],
      ["tcp", Buffer.from("\0\0\0\0\xff\0\0\0", "latin1"), ["opened  ", "closed protocol-error message-too-large "]],
      ["tcp", Buffer.alloc(0), ["refused closed-early "]],
      ["sse", Buffer.from(`${head}d\r\n${event}\r\n`), ["opened  ", "message  hello", "closed eof "]],
      ["sse", Buffer.from(`${head}d\r\n${event}\r\n0\r\n\r\n`), ["opened  ", "message  hello", "closed close-frame "]],
      ["sse", Buffer.from("HTTP/1.1 404 No\r\n\r\n"), ["refused upgrade-rejected "]],
    ];
    for (const [protocol, answer, expected] of cases) {
      const server = await raw.listen(({ socket }) => socket.end(answer));
      const trial = await EngineTrial.make(name, trialOptions(protocol, [localEndpoint(server.port, { tls })]));
      trial.engine.open(0);
      await trial.until(() => trial.told.length === expected.length, expected.join());
      const lines = trial.told.map(
        ({ what, cause, detail, bytes }) => `${what} ${detail === "" ? cause : `${cause} ${detail}`} ${bytes}`,
      );
      assert.deepEqual(lines, expected);
      trial.engine.dispose();
      await server.close();
    }
  });

  test(`${title} engine, tcp and sse: close-frame means fin`, async () => {
    for (const [protocol, answer] of [
      ["tcp", "\0\0\0\0"],
      ["sse", "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"],
    ] as const) {
      const server = await raw.listen(({ socket }) => socket.write(answer));
      const trial = await EngineTrial.make(name, trialOptions(protocol, [localEndpoint(server.port, { tls })]));
      trial.engine.open(0);
      await trial.saw("opened");
      trial.engine.close(0, "close-frame", "planned");
      await trial.until(() => server.peers[0]!.hasEnded, "our FIN");
      server.peers[0]!.socket.end();
      assert.equal((await trial.saw("closed")).cause, "planned");
      await finish(trial, server);
    }
  });

  test(`${title} engine over IPv6, with a literal host`, async (t) => {
    let server: RawServer;
    try {
      server = await raw.listen(({ socket }, bytes) => socket.write(upgradeAnswer(bytes)), undefined, "::1");
    } catch {
      return t.skip("no IPv6 on this host");
    }
    const endpoint = localEndpoint(server.port, { tls, host: "::1", address: "::1", family: 6 });
    const trial = await EngineTrial.make(name, trialOptions("websocket", [endpoint], { sources: ["::1"] }));
    trial.engine.open(0);
    await trial.saw("opened");
    assert.match(
      server.peers[0]!.received.toString("latin1"),
      new RegExp(`\\r\\nhost: \\[::1\\]:${server.port}\\r\\n`),
    );
    trial.engine.dispose();
    await server.close();
  });
}
