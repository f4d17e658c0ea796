/** The example of docs/streams.md, as it stands there, against a stand-in of a server with OpenAI's API. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Report } from "../report/model/report.ts";
import { ChatServer, retryAfterSeconds } from "../run/testing/chat-server.ts";
import { projectRoot } from "../target/project-root.ts";

const entry = fileURLToPath(new URL("./main.js", import.meta.url));
const runs = mkdtempSync(join(tmpdir(), "holdfast-streams-example-"));
after(() => rmSync(runs, { recursive: true, force: true }));

/** The command of the document, with another address, and shorter. */
function example(url: string, users: number): string {
  const text = readFileSync(join(projectRoot, "docs/streams.md"), "utf8");
  const command = /^```\n(holdfast streams --target http.*?)^```$/ms.exec(text)?.[1];
  assert.ok(command, "docs/streams.md begins with the command");
  const changes: [RegExp, string][] = [
    [/^holdfast/, `"${process.execPath}" "${entry}"`],
    [/http:\S+\/v1\/chat\/completions/, url],
    [/--users \d+/, `--users ${users}`],
    [/--hold \w+/, "--hold 1s"],
  ];
  return changes.reduce((changed, [from, to]) => {
    assert.match(changed, from);
    return changed.replace(from, to);
  }, command.trim());
}

async function run(command: string): Promise<{ code: number | null; report: Report; stderr: string }> {
  const child = spawn("sh", ["-c", `${command} --json --runs ${runs}`], { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  assert.notEqual(stdout, "", stderr);
  return { code, report: JSON.parse(stdout) as Report, stderr };
}

describe("the example of docs/streams.md", { timeout: 60_000 }, () => {
  it("counts every chat and every chunk as the server does", async () => {
    const server = await ChatServer.listen("TOKEN", 1000);
    try {
      const { report, stderr } = await run(example(server.url, 10));
      const { streams, latencyMs } = report;
      const { served } = server;
      assert.ok(streams !== undefined && streams.complete >= 10, stderr);
      assert.deepEqual(
        [streams.sent, streams.complete, streams.failed, streams.events],
        [served.asked, served.whole, 0, served.chunks],
      );
      assert.deepEqual([latencyMs.firstEvent?.count, latencyMs.stream?.count], [streams.complete, streams.complete]);
      const asked = JSON.stringify(report);
      assert.ok(!asked.includes("Bearer TOKEN"), "the key is in no report");
    } finally {
      await server.close();
    }
  });

  it("has the refusals of a server that is full, and when they were told to come back", async () => {
    const server = await ChatServer.listen("TOKEN", 3);
    try {
      const { code, report } = await run(`${example(server.url, 6)} --think 50ms`);
      const { streams } = report;
      const { served } = server;
      const refused = served.refused[429] ?? 0;
      assert.ok(streams !== undefined && refused > 0 && streams.complete > 0);
      assert.deepEqual(
        [streams.sent, streams.complete, streams.byCause, streams.byStatus, streams.retryAfter],
        [served.asked, served.whole, { status: refused }, { 429: refused }, { [retryAfterSeconds]: refused }],
      );
      assert.equal(code, 1, "refused chats are failed ones, and the default limit allows none");
    } finally {
      await server.close();
    }
  });

  it("says so when the key is wrong", async () => {
    const server = await ChatServer.listen("another", 1000);
    try {
      const { code, report } = await run(`${example(server.url, 2)} --think 100ms`);
      const { streams } = report;
      assert.deepEqual([streams?.complete, streams?.byStatus], [0, { 401: server.served.asked }]);
      assert.notEqual(code, 0);
    } finally {
      await server.close();
    }
  });
});
