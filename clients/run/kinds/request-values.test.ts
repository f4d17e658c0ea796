/** Request templates, with a real node:http server that records what it received. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Report } from "../../report/model/report.ts";
import { readScenario, ScenarioError } from "../../scenario/read-scenario.ts";
import type { RunScenario } from "../../scenario/schema.ts";
import { executeOne } from "../executors.ts";

interface Asked {
  url: string;
  token: string;
  body: string;
  length: string;
}

describe("templates of requests", () => {
  /** What was answered. */
  const asked: Asked[] = [];
  let answered = 0;
  const folder = mkdtempSync(join(tmpdir(), "holdfast-request-values-"));
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (piece) => {
      body += piece;
    });
    request.on("end", () => {
      const { authorization = "", "content-length": length = "" } = request.headers;
      // Node keeps reading after a closing response; requests it cannot answer are resent.
      response.on("finish", () => asked.push({ url: request.url ?? "", token: authorization, body, length }));
      const isStream = request.url?.startsWith("/stream") === true;
      response.writeHead(200, {
        "content-type": isStream ? "text/event-stream" : "application/json",
        ...(request.url?.startsWith("/closing") && answered++ % 3 === 0 ? { connection: "close" } : {}),
      });
      response.end(isStream ? "data: a\n\ndata: [DONE]\n\n" : '{"ok":true}');
    });
  });
  before(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  beforeEach(() => asked.splice(0));
  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const rowsFile = (count: number): string => {
    const path = join(folder, `users-${count}.csv`);
    const rows = Array.from({ length: count }, (_, row) => `tok-secret-${row},"na""me ü ${row}"`);
    writeFileSync(path, `token,name\n${rows.join("\n")}\n`);
    return path;
  };

  async function ask(
    kind: "api" | "streams",
    fields: Record<string, unknown>,
  ): Promise<{ report: Report; kept: string }> {
    const path = kind === "streams" ? "/stream" : "/closing";
    const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}?u={{index}}&n={{name}}`;
    const scenario = readScenario({
      kind,
      target,
      hold: "300ms",
      warmUp: "0s",
      method: "POST",
      headers: { authorization: "Bearer {{token}}" },
      body: '{"user":"{{name}}","room":"{{room}}","n":{{sequence}},"id":{{message}}}',
      vars: { room: "r{{index / 2}}" },
      ...(kind === "streams" ? { ends: "[DONE]" } : {}),
      ...fields,
    }) as RunScenario;
    const runsFolder = mkdtempSync(join(folder, "runs-"));
    const said: string[] = [];
    const report = await executeOne(scenario, target, {
      runsFolder,
      watch: () => [],
      signal: new AbortController().signal,
      allowedHosts: [],
      say: (line) => said.push(line),
    });
    const files = readdirSync(runsFolder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    const kept = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
    return { report, kept: [JSON.stringify(report), ...said, ...kept].join("\n") };
  }

  const loads: [string, "api" | "streams", Record<string, unknown>][] = [
    ["an API", "api", {}],
    ["an API whose connections close under pipelined requests", "api", { pipelining: 4 }],
    ["an API by the portable engine", "api", { engine: "portable" }],
    ["an API at a rate", "api", { rate: 100 }],
    ["streams", "streams", {}],
    ["streams at a rate", "streams", { rate: 60 }],
  ];
  for (const [title, kind, fields] of loads) {
    it(`are filled in for each user and each request of ${title}, over several shards`, async () => {
      const users = 5;
      const { report, kept } = await ask(kind, { users, shards: 2, data: { file: rowsFile(users) }, ...fields });
      const counts = kind === "api" ? report.requests : report.streams;
      assert.ok(counts !== undefined && counts.sent >= users, JSON.stringify(counts));
      assert.equal(counts.failed, 0);
      const numbers = new Map<number, number[]>();
      for (const { url, token, body, length } of asked) {
        const user = Number(token.slice("Bearer tok-secret-".length));
        assert.equal(length, String(Buffer.byteLength(body)));
        assert.equal(new URL(url, "http://h").searchParams.get("u"), String(user));
        assert.equal(new URL(url, "http://h").searchParams.get("n"), `na"me ü ${user}`);
        const { n, id, ...rest } = JSON.parse(body) as { n: number; id: number };
        assert.deepEqual(rest, { user: `na"me ü ${user}`, room: `r${Math.floor(user / 2)}` });
        assert.equal(id, n * users + user);
        numbers.set(user, [...(numbers.get(user) ?? []), n]);
      }
      assert.deepEqual([...numbers.keys()].sort(), [0, 1, 2, 3, 4]);
      // Each request of each user arrived once and in order.
      for (const theirs of numbers.values()) assert.deepEqual(theirs, [...theirs.keys()]);
      if (kind === "streams") assert.equal(asked.length, counts.sent);
      assert.doesNotMatch(kept, /tok-secret|na\\*"me|na%22me/);
    });
  }

  const refused: [string, Record<string, unknown>, RegExp][] = [
    ["fewer rows than users", { users: 9 }, /data\.file: expected a row for each of 9 users, got 5/],
    ["a value nobody knows", { body: "{{nobody}}" }, /body: expected a known value, got \{\{nobody\}\}/],
    ["a broken template", { paths: ["/a/{{index"] }, /paths\.0: expected \}\} after/],
    [
      "a value that a header cannot hold",
      { data: { file: "broken" } },
      /headers\.authorization: expected no line breaks/,
    ],
  ];
  for (const [title, fields, sentence] of refused) {
    it(`are rejected before anything is dialled: ${title}`, async () => {
      const broken = join(folder, "broken.csv");
      writeFileSync(broken, `token,name\n${'"a\nb",c\n'.repeat(5)}`);
      const given = { users: 5, data: { file: rowsFile(5) }, ...fields };
      if ((given.data as { file: string }).file === "broken") given.data = { file: broken };
      await assert.rejects(
        ask("streams", given),
        (error) => error instanceof ScenarioError && sentence.test(error.message),
      );
      assert.equal(asked.length, 0);
    });
  }

  it("restart with the first row if requested", async () => {
    await ask("api", { users: 4, data: { file: rowsFile(2), exhausted: "cycle" } });
    assert.deepEqual([...new Set(asked.map(({ token }) => token))].sort(), [
      "Bearer tok-secret-0",
      "Bearer tok-secret-1",
    ]);
  });
});
