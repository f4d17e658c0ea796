import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { WebSocketServer } from "ws";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import { trialRun } from "../testing/run-rig.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-values-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const csv = (name: string, lines: string[]): string => {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
};

/** Records what each client sent when connecting. */
async function listener(): Promise<{
  url: string;
  seen: { url: string; key: string; protocol: string; first: string }[];
  stop: () => void;
}> {
  const seen: { url: string; key: string; protocol: string; first: string }[] = [];
  const server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  await new Promise((resolve) => server.once("listening", resolve));
  server.on("connection", (socket, request) => {
    socket.on("message", (data) =>
      seen.push({
        url: request.url ?? "",
        key: String(request.headers["x-key"]),
        protocol: socket.protocol,
        first: String(data),
      }),
    );
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, stop: () => server.close() };
}

describe("values in a run", () => {
  for (const engine of ["kernel", "portable"]) {
    it(`give each connection its own row in URL, headers, subprotocol and first message (${engine})`, async () => {
      const server = await listener();
      const file = csv("users.csv", ["token,user", ...Array.from({ length: 12 }, (_, i) => `tok en&${i},user${i}`)]);
      try {
        const { report } = await trialRun({
          target: `${server.url}/rooms/{{room}}?token={{token}}`,
          connections: 12,
          rampPerSecond: 500,
          hold: "1s",
          shards: 2,
          engine,
          data: { file },
          vars: { room: "r {{index / 6}}" },
          headers: { "x-key": "k-{{user}}" },
          subprotocols: ["p-{{index}}"],
          subscribe: '{"join":"{{room}}","as":{{index}}}',
        });
        assert.equal(report.connections.opened, 12);
        const expected = Array.from({ length: 12 }, (_, i) => ({
          url: `/rooms/r%20${Math.floor(i / 6)}?token=tok%20en%26${i}`,
          key: `k-user${i}`,
          protocol: `p-${i}`,
          first: `{"join":"r ${Math.floor(i / 6)}","as":${i}}`,
        }));
        const byPlace = (a: { protocol: string }, b: { protocol: string }): number =>
          Number(a.protocol.slice(2)) - Number(b.protocol.slice(2));
        assert.deepEqual([...server.seen].sort(byPlace), expected);
        assert.doesNotMatch(JSON.stringify(report), /tok en|tok%20en|k-user/);
      } finally {
        server.stop();
      }
    });
  }

  it("are used in the request of an event stream", async () => {
    const urls = new Set<string>();
    const server = createServer((request, response) => {
      urls.add(request.url ?? "");
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: x\n\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await trialRun({
        target: `http://127.0.0.1:${(server.address() as AddressInfo).port}/e?n={{index}}`,
        protocol: "sse",
        connections: 3,
        rampPerSecond: 100,
        hold: "1s",
      });
      assert.deepEqual([...urls].sort(), ["/e?n=0", "/e?n=1", "/e?n=2"]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  const wrong: [string, Record<string, unknown>, string[]][] = [
    ["fewer rows than connections", { data: { file: csv("few.csv", ["token", "a", "b"]) } }, ["data.file"]],
    [
      "names that stand for nothing, each where it is",
      {
        data: { file: csv("some.csv", ["token", "a", "b", "c", "d"]) },
        headers: { x: "{{tokn}}" },
        subscribe: "{{session}}",
        vars: { token: "1" },
      },
      ["headers.x", "subscribe", "vars.token"],
    ],
    [
      "values that cannot be where they are put, told without the value",
      {
        data: { file: csv("evil.csv", ["token,n", '"SECRET\r\nx: y",5', "ok,SECRET", "c,1", "d,1"]) },
        headers: { x: "{{key}}" },
        vars: { key: "{{token}}" },
        subscribe: "{{n * 2}}",
      },
      ["headers.x", "data.file"],
    ],
    [
      "a variable's own text that no header may carry",
      { headers: { x: "{{key}}" }, vars: { key: "SECRET\nx: y" } },
      ["vars.key"],
    ],
  ];
  for (const [what, fields, expected] of wrong) {
    it(`are rejected before anything starts: ${what}`, async () => {
      await assert.rejects(trialRun({ target: "ws://127.0.0.1:1/", connections: 4, ...fields }), (error: unknown) => {
        assert.ok(error instanceof ScenarioError);
        assert.deepEqual(
          error.problems.map(({ field }) => field),
          expected,
        );
        assert.doesNotMatch(error.message, /SECRET/);
        return true;
      });
    });
  }

  it("restart with the first row if the scenario says so", async () => {
    const server = await listener();
    try {
      await trialRun({
        target: server.url,
        connections: 5,
        rampPerSecond: 100,
        hold: "1s",
        data: { file: csv("two.csv", ["token", "a", "b"]), exhausted: "cycle" },
        subscribe: "{{index}}{{token}}",
        subprotocols: ["x"],
      });
      assert.deepEqual(server.seen.map(({ first }) => first).sort(), ["0a", "1b", "2a", "3b", "4a"]);
    } finally {
      server.stop();
    }
  });
});
