/**
 * Servers that accept but never respond: requests pending when the hold began are lost in it, and no such run passes.
 */
import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import type { Report } from "../../report/model/report.ts";
import { tryApi } from "../testing/api-rig.ts";

const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Runs against a server whose first `hung` connections get no response. */
async function ask(hung: number, fields: Record<string, unknown>): Promise<Report> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    const answers = accepted++ >= hung;
    socket.on("error", () => {}).on("data", () => (answers ? socket.write(answer) : null));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as { port: number };
    const { report } = await tryApi(`http://127.0.0.1:${port}/`, {
      users: 4,
      warmUp: "200ms",
      hold: "600ms",
      ...fields,
    });
    return report;
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** The pre-flight probe is the first connection accepted. */
const probe = 1;

for (const [loop, fields] of [
  ["a closed loop", {}],
  ["a loop at a rate", { rate: 200 }],
] as const) {
  test(`${loop} with a server that never responds does not pass, and its requests are in the figures`, {
    timeout: 60_000,
  }, async () => {
    const report = await ask(Number.POSITIVE_INFINITY, { timeouts: { request: "400ms" }, ...fields });
    const { due, sent, unsent, ok, failed, unanswered } = report.requests!;
    assert.equal(report.verdict, "fail", JSON.stringify(report.reasons));
    assert.ok(sent >= 4 && ok === 0, JSON.stringify(report.requests));
    assert.deepEqual([due, sent], [sent + unsent, ok + failed + unanswered]);
  });
}

test("hanging users are not hidden by one that gets responses", { timeout: 60_000 }, async () => {
  const report = await ask(probe + 3, { timeouts: { request: "5s" } });
  const { ok, failed, unanswered } = report.requests!;
  assert.ok(ok > 0 && failed + unanswered === 3, JSON.stringify(report.requests));
  assert.equal(report.verdict, "fail");
});
