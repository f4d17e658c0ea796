import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pino } from "pino";
import { makeService } from "../service.ts";
import { actedRuns, actedService, temporaryFolder, testOptions, until } from "../testing/service-rig.ts";

const scenario = {
  kind: "connections",
  target: "ws://127.0.0.1:1/x?token=SECRET-query",
  connections: 10,
  headers: { authorization: "Bearer SECRET-header" },
  subscribe: '{"token":"SECRET-subscribe"}',
};

describe("the secrets of a scenario", () => {
  it("are in no response, and in no file except those readable only by the owner", async () => {
    const service = await actedService();
    const { app, folder } = service;
    try {
      service.release();
      const started = await app.inject({ method: "POST", url: "/runs", payload: { scenario } });
      const id: string = started.json().runs[0].id;
      await until("the end", async () => (await app.inject({ url: `/runs/${id}` })).json().run.state === "finished");
      const urls = [
        "/runs",
        `/runs/${id}`,
        `/runs/${id}/report`,
        `/runs/${id}/report.txt`,
        `/runs/${id}/report.html`,
        "/metrics",
        `/runs/${id}/live`,
      ];
      for (const url of urls) assert.doesNotMatch((await app.inject({ url })).body, /SECRET/, url);
      assert.doesNotMatch(started.body, /SECRET/);
      const found = await app.inject({ url: `/runs?target=${encodeURIComponent(scenario.target)}` });
      assert.equal(found.json().runs.length, 1);
      const holders = readdirSync(join(folder, id)).filter((name) =>
        readFileSync(join(folder, id, name), "utf8").includes("SECRET"),
      );
      assert.deepEqual(holders, ["order.json"]);
      assert.equal(statSync(join(folder, id, "order.json")).mode & 0o777, 0o600);
    } finally {
      await service.remove();
    }
  });

  it("are in no log and no error of a run that broke with a sentence that quotes them", async () => {
    const { path, remove } = temporaryFolder();
    const lines: string[] = [];
    const logger = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
    const service = await makeService(testOptions(path), logger, async (given, target) => {
      throw new TypeError(`cannot reach ${target} with ${JSON.stringify(given)}`);
    });
    try {
      await service.app.ready();
      const id: string = (await service.app.inject({ method: "POST", url: "/runs", payload: { scenario } })).json()
        .runs[0].id;
      const view = await until("the end", async () => {
        const { run } = (await service.app.inject({ url: `/runs/${id}` })).json();
        return run.state === "failed" ? run : null;
      });
      assert.match(view.error.text, /cannot reach/);
      assert.doesNotMatch(JSON.stringify(view), /SECRET/);
      assert.ok(lines.some((line) => line.includes("run failed")));
      assert.doesNotMatch(lines.join(""), /SECRET/);
    } finally {
      await service.close();
      remove();
    }
  });

  it("are available again to a restarted service", async () => {
    const first = await actedService({ atOnce: 1 });
    try {
      await first.app.inject({ method: "POST", url: "/runs", payload: { scenario: { ...scenario, target: "node" } } });
      const queued: string = (await first.app.inject({ method: "POST", url: "/runs", payload: { scenario } })).json()
        .runs[0].id;
      const seen: unknown[] = [];
      const { execute, release } = actedRuns();
      release();
      const second = await makeService(
        testOptions(first.folder),
        pino({ level: "silent" }),
        (given, target, options) => {
          seen.push(given);
          return execute(given, target, options);
        },
      );
      second.recover();
      await until(
        "the queued run",
        async () => (await second.app.inject({ url: `/runs/${queued}` })).json().run.state === "finished",
      );
      await second.close();
      assert.match(JSON.stringify(seen), /SECRET-header/);
      assert.match(JSON.stringify(seen), /SECRET-query/);
    } finally {
      await first.remove();
    }
  });
});
