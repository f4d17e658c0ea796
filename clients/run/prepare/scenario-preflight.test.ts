import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { PreflightRow } from "../../plan/preflight/preflight-row.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import { hasRedisServer } from "../../target/redis-server.ts";
import { scenarioPreflight } from "./scenario-preflight.ts";

const rowsOf = (fields: object): Promise<PreflightRow[]> =>
  scenarioPreflight(readScenario(fields), { runsFolder: "no-such-folder/runs", targetIsLocal: true });
const names = (rows: readonly PreflightRow[]): string[] => rows.map(({ row }) => row);
const rowOf = (rows: readonly PreflightRow[], name: string): PreflightRow => {
  const found = rows.find(({ row }) => row === name);
  assert.ok(found, `${name} in ${names(rows).join(", ")}`);
  return found;
};

/** A server that answers every request on a connection with these bytes; returns its URL. */
async function answering(bytes: string, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer((socket) => socket.on("data", () => socket.end(bytes)).on("error", () => {}));
  await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
  try {
    await use(`redis://user:secret@127.0.0.1:${(server.address() as { port: number }).port}`);
  } finally {
    await new Promise((settle) => server.close(settle));
  }
}

describe("the pre-flight of a pipeline", () => {
  it("checks disk space for its log, and has no row about connections", async () => {
    const rows = await rowsOf({ kind: "pipeline", target: "go", lines: 1000 });
    assert.equal(rowOf(rows, "disk space for the log").verdict, "ok");
    for (const row of names(rows)) assert.ok(["disk space for the log", "cpu.max", "steal time"].includes(row), row);
  });
});

describe("the pre-flight of a scenario with values", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-values-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "users.csv");
  writeFileSync(file, 'token,user\na,1\nb,2\n"c\nd",3\n');
  const scenario = { kind: "connections", target: "ws://127.0.0.1:1/?t={{token}}" };

  it("compares the rows of the data file with the connections", async () => {
    const enough = rowOf(await rowsOf({ ...scenario, connections: 3, data: { file } }), "rows of the data file");
    assert.deepEqual([enough.value, enough.verdict], ["3", "ok"]);
    const few = rowOf(await rowsOf({ ...scenario, connections: 4000, data: { file } }), "rows of the data file");
    assert.deepEqual(
      [few.verdict, few.need, few.fix],
      ["refuse", "one for each of 4,000 connections", "add rows, or set data.exhausted: cycle"],
    );
    assert.equal(
      rowOf(
        await rowsOf({ ...scenario, connections: 4000, data: { file, exhausted: "cycle" } }),
        "rows of the data file",
      ).verdict,
      "ok",
    );
    const none = rowOf(
      await rowsOf({ ...scenario, connections: 3, data: { file: join(folder, "none.csv") } }),
      "rows of the data file",
    );
    assert.match(none.fix ?? "", /there is none/);
    assert(
      !names(await rowsOf({ ...scenario, target: "ws://127.0.0.1:1/", connections: 3 })).includes(
        "rows of the data file",
      ),
    );
  });

  it("reports everything else for which a run would refuse it, without showing values", async () => {
    const rows = await rowsOf({
      ...scenario,
      connections: 3,
      data: { file },
      headers: { "x-token": "{{token}}", "x-other": "{{unknown}}" },
    });
    const refused = rows.filter(({ verdict }) => verdict === "refuse");
    assert.deepEqual(names(refused).sort(), ["headers.x-other", "headers.x-token"]);
    assert.match(rowOf(rows, "headers.x-token").need, /the value of "token" in row 3 is not that/);
    assert.doesNotMatch(JSON.stringify(rows), /c\\nd/);
  });
});

describe("the pre-flight of an API run", () => {
  it("counts the descriptors of its users, and does not need the target's clock", async () => {
    const rows = await rowsOf({ kind: "api", target: "rehearsal", sweep: [10, 321] });
    assert.match(rowOf(rows, "open files, each shard process").need, /^321 users' connections \+ 64 = 385$/);
    assert.match(rowOf(rows, "local ports").need, /^321 users' connections$/);
    assert.ok(
      !names(rows).includes("time namespace") &&
        !names(rows).includes("Redis") &&
        !names(rows).includes("disk space for the log"),
    );
  });

  it("has a row for the Redis from which a built-in target reads users", async () => {
    const { value, verdict } = rowOf(await rowsOf({ kind: "api", target: "go" }), "Redis");
    assert.equal(verdict, hasRedisServer() ? "ok" : "refuse");
    assert.match(value, /^redis-server is (not )?installed$/);
    assert.ok(!names(await rowsOf({ kind: "api", target: "go", paths: ["/healthz"] })).includes("Redis"));
  });

  it("checks a given Redis, and never shows its password", async () => {
    const asked = async (redis: string): Promise<PreflightRow> =>
      rowOf(await rowsOf({ kind: "api", target: "go", redis }), "Redis");
    for (const bytes of ["+PONG\r\n", "-NOAUTH Authentication required.\r\n"]) {
      await answering(bytes, async (url) => {
        const row = await asked(url);
        assert.equal(row.verdict, "ok");
        assert.doesNotMatch(JSON.stringify(row), /secret/);
      });
    }
    let gone = "";
    await answering("HTTP/1.1 400 Bad Request\r\n\r\n", async (url) => {
      gone = url;
      assert.equal((await asked(url)).verdict, "refuse");
    });
    const { verdict, fix } = await asked(gone);
    assert.deepEqual([verdict, fix], ["refuse", "start it, or correct the URL given with --redis"]);
  });
});

describe("the pre-flight of long connections", () => {
  it("depends on their number, and has neither a log nor a Redis", async () => {
    const rows = await rowsOf({ kind: "connections", target: "go", connections: 500 });
    assert.match(rowOf(rows, "open files, each shard process").need, /^500 connections \+ 64 = 564$/);
    assert.ok(!names(rows).includes("Redis") && !names(rows).includes("disk space for the log"));
    assert.deepEqual(await rowsOf({ kind: "compare" }), []);
  });
});
