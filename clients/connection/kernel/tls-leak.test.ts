import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import type { ConnectionSink } from "../engine.ts";
import { makeEngine } from "../make-engine.ts";
import { localEndpoint, trialOptions } from "../testing/engine-trial.ts";
import { nativeBytes } from "../testing/native-bytes.ts";
import { testCertificate, testKey } from "../testing/test-certificate.ts";
import { openSsl } from "./openssl.ts";

/** Opens each raw TCP connection at once; in a separate process, so that its memory is not counted. */
const program = `
const server = require("node:tls").createServer(${JSON.stringify({ cert: testCertificate, key: testKey })}, (socket) =>
  socket.on("error", () => {}).on("end", () => socket.end()).resume().write(Buffer.alloc(4)));
server.on("tlsClientError", () => {}).listen(0, "127.0.0.1", () => console.log(server.address().port));`;

const slots = 8;

const batches = 4;
const ofBatch = 40;

/**
 * Bytes leaked per opened and closed connection, half of them closed by a reset: the minimum over some batches, as
 * one-time allocations fall into a single batch, and leaks into each.
 */
async function leftByEach(port: number): Promise<number> {
  const free = Array.from({ length: slots }, (_, slot) => slot);
  let gone = 0;
  const sink: ConnectionSink = {
    opened: (slot) => engine.close(slot, slot % 2 === 0 ? "rst" : "fin", "planned"),
    refused: (_slot, cause, code) => assert.fail(`refused: ${cause} ${code}`),
    message: () => {},
    pong: () => {},
    closed: (slot) => {
      gone++;
      free.push(slot);
    },
  };
  const tls = { insecure: true, resume: "tickets" } as const;
  const endpoint = localEndpoint(port, { tls: true, path: "?x=1" });
  const engine = await makeEngine("kernel", trialOptions("tcp", [endpoint], { slots, tls }), sink);
  const lives = async (wanted: number): Promise<void> => {
    for (gone = 0; gone < wanted || free.length < slots; ) {
      while (gone + slots - free.length < wanted && free.length > 0) engine.open(free.pop()!);
      await engine.turn(5);
      engine.expire();
    }
  };
  try {
    await lives(5 * slots);
    let least = Number.POSITIVE_INFINITY;
    for (let batch = 0; batch < batches; batch++) {
      const bytesBefore = nativeBytes!();
      await lives(ofBatch);
      least = Math.min(least, (nativeBytes!() - bytesBefore) / ofBatch);
    }
    return least;
  } finally {
    engine.dispose();
  }
}

describe("opening and closing TLS connections", { skip: nativeBytes === null || process.platform !== "linux" }, () => {
  let server: ChildProcess;
  let port = 0;

  before(async () => {
    server = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(server.stdout!, "data")) as [Buffer];
    port = Number(line.toString());
  });
  after(() => void server.kill());

  test("leaks no memory", async () => {
    const bytes = await leftByEach(port);
    assert.ok(bytes < 2000, `${bytes} bytes each`);
  });

  test("would be detected by the same figure if a TLS object leaked", async () => {
    const bound = openSsl() as { SSL_free: (...given: number[]) => number };
    const free = bound.SSL_free;
    bound.SSL_free = () => 0;
    try {
      const bytes = await leftByEach(port);
      assert.ok(bytes > 10_000, `${bytes} bytes each`);
    } finally {
      bound.SSL_free = free;
    }
  });
});
