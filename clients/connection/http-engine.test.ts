import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { CodecEngine } from "./codec/codec-engine.ts";
import { HttpProtocol } from "./codec/http.ts";
import { encodeHttpRequest } from "./codec/http-request.ts";
import type { ConnectionSink, EngineOptions } from "./engine.ts";
import { makeHttpEngine } from "./make-http-engine.ts";

const slots = 4;

function optionsFor(port: number): EngineOptions {
  return {
    protocol: "http",
    slots,
    endpoints: [{ host: "127.0.0.1", address: "127.0.0.1", family: 4, port, path: "/", tls: false }],
    sources: [],
    headers: {},
    subprotocols: [],
    firstMessage: null,
    connectTimeoutMs: 5000,
    upgradeTimeoutMs: 5000,
    closeTimeoutMs: 1000,
    maxMessageBytes: 1 << 20,
    slowSlots: 0,
    slowReceiveBufferBytes: 4096,
    tls: { certificateAuthority: null, insecure: false },
    compression: false,
  };
}

/** What was received on each slot: "STATUS LENGTH", and how its connection ended. */
class Asker implements ConnectionSink {
  readonly told: string[][] = Array.from({ length: slots }, () => []);
  readonly bodies: string[][] = Array.from({ length: slots }, () => []);
  readonly request: Buffer;
  readonly depth: number;
  codec!: HttpProtocol;
  engine!: CodecEngine;
  #pinned = 0;

  constructor(request: Buffer, depth: number) {
    this.request = request;
    this.depth = depth;
  }

  serve(engine: CodecEngine): void {
    this.engine = engine;
    this.#pinned = engine.pin(this.request);
  }

  opened(slot: number): void {
    for (let i = 0; i < this.depth; i++) this.engine.sendPinned(slot, this.#pinned, 0, this.request.length);
  }

  refused(slot: number, cause: string): void {
    this.told[slot]!.push(`refused ${cause}`);
  }

  message(slot: number, bytes: Buffer, start: number, end: number): void {
    this.told[slot]!.push(`${this.codec.status} ${end - start}`);
    this.bodies[slot]!.push(bytes.toString("latin1", start, end));
    if (this.codec.closes) this.engine.abandon(slot, "planned", "");
  }

  pong(): void {}

  closed(slot: number, cause: string): void {
    this.told[slot]!.push(`${cause}${this.codec.endedInside ? " inside" : ""}`);
  }
}

/** Sends requests to a node:http server on every slot, until each has received this many responses. */
async function ask(
  name: "kernel" | "portable",
  answer: RequestListener,
  order: { path?: string; depth?: number; body?: string; until: number },
): Promise<Asker> {
  const server = createServer({ keepAliveTimeout: 200 }, answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const body = order.body ?? null;
  const request = encodeHttpRequest({
    method: body === null ? "GET" : "POST",
    path: order.path ?? "/",
    host: `127.0.0.1:${port}`,
    headers: {},
    body,
  });
  const asker = new Asker(request, order.depth ?? 1);
  const engine = await makeHttpEngine(name, optionsFor(port), asker, (wire) => {
    asker.codec = new HttpProtocol({ slots, maxMessageBytes: 1 << 20 }, wire);
    return asker.codec;
  });
  try {
    asker.serve(engine);
    for (let slot = 0; slot < slots; slot++) engine.open(slot);
    const deadline = Date.now() + 5000;
    while (asker.told.some((lines) => lines.length < order.until)) {
      assert.ok(Date.now() < deadline, `told within 5 s: ${JSON.stringify(asker.told)}`);
      await engine.turn(5);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return asker;
  } finally {
    engine.dispose();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
}

for (const name of process.platform === "linux" ? (["kernel", "portable"] as const) : (["portable"] as const)) {
  test(`${name}: pipelined requests are answered in order, and an idle close affects none`, async () => {
    let served = 0;
    const { told } = await ask(name, (_, response) => response.end(`n${served++}`), { depth: 3, until: 4 });
    for (const lines of told)
      assert.deepEqual(
        lines.map((line) => line.replace(/ \d$/, "")),
        ["200", "200", "200", "eof"],
      );
  });

  test(`${name}: chunked responses longer than a read arrive whole`, async () => {
    const part = "x".repeat(50_000);
    const inTwoParts: RequestListener = (_, response) => {
      response.write(part);
      setImmediate(() => response.end(part));
    };
    const { told, bodies } = await ask(name, inTwoParts, { until: 1 });
    for (const lines of told) assert.equal(lines[0], "200 100000");
    assert.equal(bodies[0]![0], part + part);
  });

  test(`${name}: a request's body arrives, and connection: close is a planned close`, async () => {
    const echo: RequestListener = (request, response) => {
      response.setHeader("connection", "close");
      request.pipe(response);
    };
    const { told, bodies } = await ask(name, echo, { body: "y".repeat(300_000), until: 2 });
    for (const lines of told) assert.deepEqual(lines, ["200 300000", "planned"]);
    assert.ok(bodies[3]![0]!.startsWith("yyy"));
  });

  test(`${name}: an end within a response is reported as such`, async () => {
    const cutOff: RequestListener = (_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("half", () => response.socket?.end());
    };
    const { told } = await ask(name, cutOff, { until: 1 });
    for (const lines of told) assert.deepEqual(lines, ["eof inside"]);
  });
}
