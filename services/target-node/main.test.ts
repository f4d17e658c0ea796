import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { WebSocket } from "ws";

const limited = { timeout: 20_000 };

function start(...args: string[]) {
  const child = spawn(process.execPath, [new URL("./main.js", import.meta.url).pathname, ...args]);
  let log = "";
  child.stderr.on("data", (chunk) => {
    log += chunk;
  });
  return { child, exit: once(child, "close"), log: () => log };
}

test("SIGTERM closes with 1001 and exits 0", limited, async (context) => {
  const { child, exit, log } = start("--host", "127.0.0.1", "--port", "0", "--tcp-port", "0", "--redis", "");
  context.after(() => child.kill("SIGKILL"));
  while (!log().includes("\n")) await once(child.stderr, "data");
  const address = /http (\S+), raw tcp \S+:\d+\n/.exec(log())?.[1];
  const socket = new WebSocket(`ws://${address}/push`);
  await once(socket, "open");
  const events = await fetch(`http://${address}/events`);
  child.kill("SIGTERM");
  assert.equal((await once(socket, "close"))[0], 1001);
  assert.equal(await events.text(), "");
  assert.deepEqual(await exit, [0, null]);
  assert.match(log(), /closed\n$/);
});

test("a port in use is a clear error with exit code 1", limited, async (context) => {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  context.after(() => holder.close());
  const address = holder.address();
  const port = typeof address === "object" && address !== null ? String(address.port) : "";
  for (const ports of [
    ["--port", port, "--tcp-port", "0"],
    ["--port", "0", "--tcp-port", port],
  ]) {
    const { exit, log } = start(...ports);
    assert.deepEqual(await exit, [1, null]);
    assert.match(log(), new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port} .*EADDRINUSE`));
  }
});

test("an invalid flag is a usage error with exit code 2", limited, async () => {
  const { exit, log } = start("--port", "99999");
  assert.deepEqual(await exit, [2, null]);
  assert.match(log(), /--port: expected 0 to 65535, got "99999"\nusage:/);
});
