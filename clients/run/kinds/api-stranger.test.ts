import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { RawServer } from "../../connection/testing/raw-server.ts";
import { tryApi } from "../testing/api-rig.ts";

const answer = (fields = "", body = "{}"): string =>
  `HTTP/1.1 200 OK\r\n${fields}content-length: ${body.length}\r\n\r\n${body}`;
const requestsIn = (text: string): number => text.split("\r\n\r\n").length - 1;

test("requests pipelined after a closing response are resent, and none fails", async () => {
  const server = await RawServer.listen(({ socket }, bytes) => {
    // Each connection answers one of the pipelined requests and closes, like a server with a request limit per
    // connection.
    if (requestsIn(bytes.toString("latin1")) > 0 && socket.writable) socket.end(answer("connection: close\r\n"));
  });
  try {
    const { report } = await tryApi(`http://127.0.0.1:${server.port}/`, {
      users: 2,
      pipelining: 4,
      hold: "500ms",
      rampPerSecond: 1000,
    });
    const { sent, ok, failed, unanswered } = report.requests!;
    assert.ok(ok > 4, `${ok}`);
    assert.equal(failed, 0);
    assert.equal(sent, ok + unanswered);
  } finally {
    await server.close();
  }
});

test("unrequested bytes after a response fail the request", async () => {
  const server = await RawServer.listen(({ socket }) => socket.write(`${answer()}xx`));
  try {
    const { report } = await tryApi(`http://127.0.0.1:${server.port}/`, { users: 2, hold: "300ms" });
    const { sent, ok, byCause } = report.requests!;
    assert.ok(sent > 0);
    assert.equal(ok, 0);
    assert.deepEqual(Object.keys(byCause), ["malformed"]);
    assert.equal(report.trust.sharedStamps, 0);
  } finally {
    await server.close();
  }
});

test("a unix socket URL requests the path after its second colon", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-api-"));
  const file = join(folder, "api.sock");
  const asked = new Set<string>();
  const server = createServer((request, response) => {
    asked.add(request.url!);
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(file, resolve));
  try {
    const { report } = await tryApi(`http+unix:${file}:/v1/{who}?x=1`, { users: 2, hold: "300ms" });
    assert.deepEqual([...asked], ["/v1/%7Bwho%7D?x=1"]);
    assert.ok(report.requests!.ok > 0);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  }
});
