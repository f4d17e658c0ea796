import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { describe, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import fc from "fast-check";
import { EngineTrial, localEndpoint, trialOptions } from "../testing/engine-trial.ts";
import { RawServer } from "../testing/raw-server.ts";
import { testCertificate, testKey } from "../testing/test-certificate.ts";

/**
 * One modification between server and client: the byte at an offset is corrupted or removed, or another is inserted
 * before it.
 */
interface Change {
  at: number;
  how: "spoilt" | "left out" | "put in";
}

const texts = Array.from({ length: 20 }, (_, i) => `message ${i} ${"x".repeat(i * 10)}`);

/** The raw TCP protocol: opened, then each text with its length, then the end. */
const said = Buffer.concat([
  Buffer.alloc(4),
  ...texts.flatMap((text) => [Buffer.from([0, 0, text.length >> 8, text.length & 255]), Buffer.from(text)]),
]);

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Forwards the server's bytes with the current modification, and ends when the server does. */
function spoiling(toPort: number, present: { change: Change }): Server {
  return createServer((socket) => {
    const { at, how } = present.change;
    const upstream = connect(toPort, "127.0.0.1");
    let seen = 0;
    for (const each of [socket, upstream]) each.on("error", () => {});
    socket.on("data", (bytes) => upstream.write(bytes)).on("close", () => upstream.destroy());
    upstream.on("data", (bytes) => {
      const place = at - seen;
      seen += bytes.length;
      if (place < 0 || place >= bytes.length) return socket.write(bytes);
      const changed =
        how === "spoilt"
          ? Buffer.of(bytes[place]! ^ 0x55)
          : how === "put in"
            ? Buffer.of(0x17, bytes[place]!)
            : Buffer.alloc(0);
      return socket.write(Buffer.concat([bytes.subarray(0, place), changed, bytes.subarray(place + 1)]));
    });
    upstream.on("end", () => socket.end());
  });
}

/** It ended once, and everything reported was sent by the server, in order. */
function assertSane(trial: EngineTrial): void {
  const messages = trial.of("message").map(({ bytes }) => bytes.toString());
  assert.deepEqual(messages, texts.slice(0, messages.length));
  const ends = trial.told.filter(({ what }) => what === "refused" || what === "closed");
  assert.equal(ends.length, 1, JSON.stringify(trial.told.map(({ what, cause, code }) => [what, cause, code])));
  assert.equal(trial.told.at(-1), ends[0]);
}

const ended = (trial: EngineTrial): Promise<void> =>
  trial.until(() => trial.of("refused").length + trial.of("closed").length > 0, "an end");

describe("hostile bytes over TLS", { skip: process.platform !== "linux" }, () => {
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    test(`${maxVersion}: a stream with a corrupted, missing or extra byte is delivered up to it, ending once`, async () => {
      const server = createTlsServer(
        { cert: testCertificate, key: testKey, maxVersion },
        (socket) => void socket.on("error", () => {}).end(said),
      );
      server.on("tlsClientError", () => {});
      const present: { change: Change } = { change: { at: 0, how: "spoilt" } };
      const relay = spoiling(await listening(server), present);
      const endpoint = localEndpoint(await listening(relay), { tls: true, path: "?x=1" });
      const trial = await EngineTrial.make("kernel", trialOptions("tcp", [endpoint], { upgradeTimeoutMs: 100 }));
      let broken = 0;
      const change = fc.record({ at: fc.nat(3500), how: fc.constantFrom("spoilt", "left out", "put in") });
      await fc.assert(
        fc.asyncProperty(change, async (drawn) => {
          present.change = drawn as Change;
          trial.told.length = 0;
          trial.engine.open(0);
          await ended(trial);
          assertSane(trial);
          if (trial.told.some(({ cause }) => cause === "tls-failed" || cause === "protocol-error")) broken++;
        }),
        { seed: 20260101, numRuns: 80 },
      );
      assert.ok(broken > 20, `${broken} of 80 broke the handshake or a record`);
      trial.engine.dispose();
      relay.close();
      server.close();
    });
  }

  test("arbitrary bytes instead of a handshake are refused, once", async () => {
    let bytes = Buffer.alloc(0);
    const server = await RawServer.listen(({ socket }) => socket.end(bytes));
    const trial = await EngineTrial.make(
      "kernel",
      trialOptions("tcp", [localEndpoint(server.port, { tls: true, path: "?x=1" })]),
    );
    const record = fc
      .uint8Array({ maxLength: 400 })
      .map((body) => Buffer.concat([Buffer.from([22, 3, 3, body.length >> 8, body.length & 255]), body]));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 800 }).map(Buffer.from), record), async (drawn) => {
        bytes = drawn;
        trial.told.length = 0;
        trial.engine.open(0);
        await ended(trial);
        assertSane(trial);
        assert.equal(trial.of("opened").length, 0);
      }),
      { seed: 20260101, numRuns: 150 },
    );
    trial.engine.dispose();
    await server.close();
  });
});
