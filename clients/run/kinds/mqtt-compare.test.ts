import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { CompareScenario } from "../../scenario/compare-schema.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import { executeCompare } from "../compare/compare-run.ts";
import { executeOne } from "../executors.ts";
import { readReport } from "../folder/run-folder.ts";
import { Mosquitto, noMosquitto } from "../testing/mosquitto.ts";

describe("a comparison of several brokers", { skip: noMosquitto }, () => {
  const brokers: Mosquitto[] = [];
  const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-compare-"));
  before(async () => {
    brokers.push(await Mosquitto.start(), await Mosquitto.start(["max_qos 0"]));
  });
  after(() => {
    for (const broker of brokers) broker.stop();
    rmSync(runsFolder, { recursive: true, force: true });
  });

  it("runs the same clients on each in turn; each broker counts its own, and differences are reported", async () => {
    const topic = "cmp/{{index}}";
    const publish = { topic, every: "500ms", qos: 1 };
    const one = { kind: "connections", connections: 10, hold: "2s", mqtt: { topics: [topic], qos: 1, publish } };
    const targets = brokers.map(({ url }) => url);
    const scenario = readScenario({ kind: "compare", targets, repeats: 1, scenarios: [one] }) as CompareScenario;
    const signal = new AbortController().signal;
    const options = { runsFolder, watch: () => [], signal, allowedHosts: [], say: () => {} };
    const { report, errors } = await executeCompare(scenario, options, executeOne);
    assert.deepEqual(errors, []);
    const members = report.summary.members;
    assert.deepEqual([members.length, report.runs.length], [2, 2]);
    for (const [place, broker] of brokers.entries()) {
      const { run = "" } =
        members.find(({ target }) => broker.url.includes(target) || target.includes(broker.url)) ?? {};
      const { mqtt, pushes, connections } = readReport(runsFolder, run) ?? assert.fail(`no run on ${broker.url}`);
      const sent = mqtt?.publishes?.sent ?? 0;
      assert.deepEqual([connections.opened, connections.closedUnexpectedly, pushes?.lost], [10, 0, 0]);
      assert.equal(await broker.total("publish/messages/received", (value) => value === sent), sent);
      assert.equal(await broker.total("publish/messages/sent", (value) => value === sent), sent);
      // The second only supports QoS 0.
      assert.deepEqual([mqtt?.publishes?.lowered, mqtt?.publishes?.unconfirmed], place === 0 ? [0, 0] : [sent, sent]);
    }
  });
});
