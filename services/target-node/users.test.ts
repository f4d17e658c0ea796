import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { Redis } from "ioredis";
import { buildApp } from "./app.ts";
import { Metrics } from "./metrics.ts";
import { PushHub } from "./push/push-hub.ts";
import { Users } from "./users.ts";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function startRedis(port: number): Promise<ChildProcess> {
  const server = spawn("redis-server", [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
  ]);
  for await (const line of server.stdout) if (String(line).includes("Ready to accept connections")) break;
  server.stdout.resume();
  return server;
}

async function end(server: ChildProcess): Promise<void> {
  const ended = once(server, "exit");
  server.kill("SIGKILL");
  await ended;
}

const noRedis = spawnSync("redis-server", ["--version"]).status !== 0;

test("users become unavailable with Redis and available again", {
  skip: noRedis && "redis-server is not installed",
  timeout: 20_000,
}, async (context) => {
  const port = await freePort();
  let server = await startRedis(port);
  const url = `redis://127.0.0.1:${port}/0`;
  const users = new Users(url);
  const metrics = new Metrics();
  const app = buildApp({ hub: new PushHub(metrics), metrics, users });
  context.after(async () => {
    users.close();
    await app.close();
    if (server.exitCode === null) await end(server);
  });
  const status = async (id: string) => (await app.inject(`/user/${id}`)).statusCode;
  const writer = new Redis(url);
  const value = Buffer.from([0x7b, 0xff, 0x00, 0x7d]);
  await writer.set("user:7", value);
  writer.disconnect();

  while ((await status("7")) !== 200);
  const found = await app.inject("/user/7");
  assert.equal(found.headers["content-type"], "application/json");
  assert.deepEqual(found.rawPayload, value);
  const missing = await app.inject("/user/8");
  assert.deepEqual([missing.statusCode, missing.body], [404, '{"error":"user not found"}']);

  server.kill("SIGSTOP"); // hangs: the timeout answers
  assert.equal(await status("7"), 503);
  await end(server); // gone: refused at once
  assert.equal(await status("7"), 503);

  server = await startRedis(port);
  while ((await status("8")) !== 404);
});
