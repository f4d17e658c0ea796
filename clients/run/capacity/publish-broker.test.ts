/** A search for messages published per second against a real broker: what we counted is what it counted itself. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { Report } from "../../report/model/report.ts";
import { capacityOf } from "../../report/model/schema/capacity-block.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import { Mosquitto, noMosquitto } from "../testing/mosquitto.ts";
import { unspoilt } from "../testing/unspoilt-search.ts";
import { executeCapacity } from "./capacity-run.ts";
import { readTrialReport } from "./search-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-publish-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const connections = 20;

/** Every message reaches every connection, so seldom that a busy host reads one before the next. */
const input = (target: string, qos: number) => ({
  kind: "capacity",
  target,
  connections,
  mqtt: { qos, topics: ["rate/#"] },
  publish: { every: "1s", topic: "rate/{{index}}", qos, send: '{"m":{{message}}}', reaches: "all", sender: true },
  search: {
    ...{ vary: "publish-rate", minimum: 20, maximum: 40, width: 0.5, goals: ["published.p99<=2000,loss<=0"] },
    ...{ initialTrial: "2s", finalTrial: "2s", durationSum: "2s", confirm: "0s" },
  },
});

async function searched(target: string, qos: number): Promise<Report> {
  const scenario = readScenario(input(target, qos)) as CapacityScenario;
  return executeCapacity(scenario, target, {
    runsFolder: folder,
    watch: () => [],
    signal: new AbortController().signal,
    allowedHosts: [],
    say: () => {},
  });
}

/** What all trials of all searches counted together. */
function counted(): { sent: number; due: number; received: number; lost: number; duplicated: number } {
  const sums = { sent: 0, due: 0, received: 0, lost: 0, duplicated: 0 };
  for (const run of readdirSync(folder))
    for (const trial of readdirSync(join(folder, run, "trials"))) {
      const [published] = readTrialReport(join(folder, run, "trials", trial))!.conversation!.published;
      for (const name of ["sent", "due", "received", "lost", "duplicated"] as const) sums[name] += published![name];
    }
  return sums;
}

describe("a search for a publish rate at mosquitto", { skip: noMosquitto, timeout: 120_000 }, () => {
  it("holds up to its maximum, and every message and delivery is the broker's own count", async (test) => {
    const broker = await Mosquitto.start(["max_inflight_messages 0", "max_queued_messages 100000"]);
    try {
      const report = await unspoilt(test, () => searched(broker.url, 1), 2);
      // The broker counts on whether or not the host was too busy for the search.
      const { sent, due, received, lost, duplicated } = counted();
      assert.deepEqual({ due, lost, duplicated }, { due: received, lost: 0, duplicated: 0 });
      assert.equal(due, sent * connections);
      assert.equal(await broker.total("publish/messages/received", (value) => value >= sent), sent);
      assert.equal(await broker.total("publish/messages/sent", (value) => value >= received), received);
      if (report === null) return;
      const { lower, upper, regular, limitedBy, trials, vary } = capacityOf(report)!;
      const told = JSON.stringify(trials);
      assert.deepEqual(
        { lower, upper, regular, limitedBy, vary },
        { lower: 40, upper: null, regular: false, limitedBy: "maximum", vary: "publish-rate" },
        told,
      );
    } finally {
      broker.stop();
    }
  });
});
