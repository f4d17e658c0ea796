import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { sampleIntervals, sampleReport } from "../../../clients/report/testing/sample-report.ts";
import { makeService } from "../service.ts";
import { actedRuns, silentLogger, temporaryFolder, testOptions, until } from "../testing/service-rig.ts";
import type { Order } from "./order.ts";

const order = (id: string, state: Order["state"]): Order => ({
  id,
  kind: "connections",
  target: "node",
  scenario: { kind: "connections", target: "node", connections: 10 },
  state,
  tags: [],
  group: null,
  createdAt: "2026-01-01T00:00:00.000Z",
  startedAt: null,
  endedAt: null,
  run: state === "running" ? id : null,
  error: null,
});

/** The files left by a killed service. */
function leave(folder: string, left: Order): void {
  mkdirSync(join(folder, left.id), { recursive: true });
  writeFileSync(join(folder, left.id, "order.json"), JSON.stringify(left));
  if (left.run === null) return;
  const report = {
    ...sampleReport({ run: left.id, state: "running", verdict: null }),
    writer: { pid: 1, startTicks: -1 },
  };
  writeFileSync(join(folder, left.id, "report.json"), JSON.stringify(report));
  const lines = sampleIntervals(4).map((interval) => JSON.stringify(interval));
  writeFileSync(join(folder, left.id, "intervals.ndjson"), `${lines.join("\n")}\n{"atMs":5000,"cut sho`);
}

describe("a restarted service", () => {
  it("closes running orders as interrupted with what they had measured, and continues queued ones", async () => {
    const { path, remove } = temporaryFolder();
    const [running, preparing, queued] = ["20260101-000000-a", "20260101-000001-b", "20260101-000002-c"] as const;
    leave(path, order(running, "running"));
    leave(path, order(preparing, "preparing"));
    leave(path, order(queued, "queued"));
    const { execute, release } = actedRuns();
    release();
    const service = await makeService(testOptions(path), silentLogger, execute);
    service.recover();
    try {
      const read = async (url: string) => (await service.app.inject({ url })).json();
      const { run } = await read(`/runs/${running}`);
      assert.deepEqual([run.state, run.error.code, run.connections.opened], ["interrupted", "service-ended", 9990]);
      const report = await read(`/runs/${running}/report`);
      assert.deepEqual([report.state, report.reasons[0].code], ["interrupted", "service-ended"]);
      assert.equal((await service.app.inject({ url: `/runs/${running}/report.html` })).statusCode, 200);
      assert.equal((await read(`/runs/${preparing}`)).run.state, "interrupted");
      await until("the one that waited", async () => (await read(`/runs/${queued}`)).run.state === "finished", 5000);
    } finally {
      await service.close();
      remove();
    }
  });
});
