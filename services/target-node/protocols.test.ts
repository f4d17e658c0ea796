import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { putHead, putWritten } from "./push/push-message.ts";
import { type Server, serve } from "./server.ts";

const limited = { timeout: 20_000 };
const query = "intervalMs=20&bytes=50&group=9";
let server: Server;

before(async () => {
  server = await serve({ host: "127.0.0.1", port: 0, tcpPort: 0, redisUrl: "" });
});
after(() => server.close());

/** Verifies a push of `query` and returns its tick. */
function tickOf(message: Buffer): number {
  const tick = message.readUInt32BE(4);
  const dueNs = tick * 20e6;
  const writtenNs = Number(message.readBigUInt64BE(16));
  assert.ok(writtenNs >= dueNs);
  const expected = Buffer.alloc(50);
  putHead(expected, tick, dueNs, 9);
  putWritten(expected, writtenNs);
  assert.deepEqual(message, expected);
  return tick;
}

function assertConsecutive(ticks: number[]): void {
  assert.deepEqual(
    ticks,
    ticks.map((_, index) => ticks[0]! + index),
  );
}

async function readBytes(socket: Socket, size: number): Promise<Buffer> {
  for (;;) {
    const chunk: Buffer | null = socket.read(size);
    if (chunk !== null) return chunk;
    await once(socket, "readable");
  }
}

async function dialRaw(line: string): Promise<Socket> {
  const [host, port] = server.rawAddress.split(":");
  const socket = connect(Number(port), host);
  await once(socket, "connect");
  socket.write(line);
  return socket;
}

test("a WebSocket gets consecutive ticks as binary messages, and pongs", limited, async () => {
  const socket = new WebSocket(`ws://${server.httpAddress}/push?${query}`);
  const pong = once(socket, "pong");
  socket.once("open", () => socket.ping("abc"));
  const ticks: number[] = [];
  await new Promise<void>((resolve) => {
    socket.on("message", (message: Buffer, isBinary: boolean) => {
      assert.ok(isBinary);
      if (ticks.push(tickOf(message)) === 5) resolve();
    });
  });
  assertConsecutive(ticks);
  assert.equal(String((await pong)[0]), "abc");
  assert.equal(socket.extensions, "");
  socket.terminate();
});

test("a bad query or path is answered before the upgrade", limited, async () => {
  for (const [path, status, error] of [
    ["/push?bytes=31", 400, 'bytes: expected 32 to 1048576, got "31"'],
    ["/other", 404, "expected /push"],
  ] as const) {
    const socket = new WebSocket(`ws://${server.httpAddress}${path}`);
    const [request, response] = await once(socket, "unexpected-response");
    assert.equal(response.statusCode, status);
    const body = Buffer.concat(await response.toArray()).toString();
    assert.deepEqual(JSON.parse(body), { error });
    request.destroy();
  }
});

test("an event stream gets pushes as base64url without padding", limited, async () => {
  const cancel = new AbortController();
  const response = await fetch(`http://${server.httpAddress}/events?${query}`, { signal: cancel.signal });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk, { stream: true });
    if (text.split("\n\n").length > 4) break;
  }
  const events = text.split("\n\n").slice(0, 4);
  const ticks = events.map((event) => {
    assert.match(event, /^data: [\w-]+$/);
    return tickOf(Buffer.from(event.slice(6), "base64url"));
  });
  assertConsecutive(ticks);
  cancel.abort();
});

test("a raw TCP connection opens with zero, then gets pushes with length prefixes", limited, async () => {
  const socket = await dialRaw(query.slice(0, 5));
  socket.write(`${query.slice(5)}\n`);
  assert.equal((await readBytes(socket, 4)).readUInt32BE(), 0);
  const ticks: number[] = [];
  for (let count = 0; count < 4; count++) {
    assert.equal((await readBytes(socket, 4)).readUInt32BE(), 50);
    ticks.push(tickOf(await readBytes(socket, 50)));
  }
  assertConsecutive(ticks);
  socket.destroy();
});

test("a bad or endless line closes a raw TCP connection", limited, async () => {
  for (const line of ["bytes=1\n", "x".repeat(2000)]) {
    const socket = await dialRaw(line);
    socket.on("error", () => {}); // a reset is a close, too
    socket.on("data", assert.fail);
    await once(socket, "close");
  }
});

test("a slow WebSocket is closed with 1013 and misses no tick before that", limited, async () => {
  const socket = new WebSocket(`ws://${server.httpAddress}/push?intervalMs=10&bytes=1048576&written=0`);
  const ticks: number[] = [];
  socket.on("message", (message: Buffer) => ticks.push(message.readUInt32BE(4)));
  await once(socket, "open");
  socket.pause();
  for (;;) {
    const text = await (await fetch(`http://${server.httpAddress}/metrics`)).text();
    if (text.includes("target_push_queue_overflows_total 1")) break;
  }
  socket.resume();
  const [code] = await once(socket, "close");
  assert.equal(code, 1013);
  assert.ok(ticks.length >= 64);
  assertConsecutive(ticks);
});

test("closed connections are removed", limited, async () => {
  const socket = new WebSocket(`ws://${server.httpAddress}/push?${query}`);
  await once(socket, "open");
  socket.terminate();
  for (;;) {
    const text = await (await fetch(`http://${server.httpAddress}/metrics`)).text();
    if (!/target_connections\{.*\} [1-9]/.test(text)) break;
  }
  assert.equal(server.hub.size, 0);
});
