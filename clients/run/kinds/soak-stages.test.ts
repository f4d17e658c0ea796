/** Soaks whose load goes up and down: what is compared with what, and real ones with a known leak and none. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { BoundedSeries } from "../../measure/statistics/bounded-series.ts";
import { judgeDrift } from "../../measure/statistics/drift.ts";
import type { Report } from "../../report/model/report.ts";
import { soakOf } from "../../report/model/schema/soak-block.ts";
import { renderText } from "../../report/text/text.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { SoakScenario } from "../../scenario/soak-schema.ts";
import { executeOne } from "../executors.ts";
import { centredByStage, stagesToJudge } from "./soak-stages.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-soak-stages-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function openBySecond(openAt: (second: number) => number, seconds: number): BoundedSeries {
  const open = new BoundedSeries("every-other");
  for (let second = 0; second < seconds; second++) open.add(5000 + second * 1000, openAt(second));
  return open;
}

const stages = [
  { connections: 100, over: "10s", hold: "100s" },
  { connections: 300, over: "20s", hold: "80s" },
  { connections: 50, over: "0s", hold: "0s" },
];

describe("stages to judge", () => {
  it("are their holds without the first quarter, the ways between them left out", () => {
    const open = openBySecond((second) => (second < 100 ? 100 : 300), 201);
    assert.deepEqual(stagesToJudge({ stages }, { holdMs: 5000, lastMs: 205_000, open }), {
      judged: [
        { number: 1, connections: 100, fromMs: 30_000, toMs: 105_000 },
        { number: 2, connections: 300, fromMs: 145_000, toMs: 205_000 },
      ],
      left: [{ number: 3, why: "held for too short a time" }],
    });
  });

  it("are not those whose connections still open while they are held, nor those that never came", () => {
    const open = openBySecond((second) => Math.min(100, 20 + second), 60);
    const found = stagesToJudge({ stages, warmUp: "0s" }, { holdMs: 5000, lastMs: 64_000, open });
    assert.deepEqual(found, {
      judged: [],
      left: [
        { number: 1, why: "its connections were still opening" },
        { number: 2, why: "held for too short a time" },
        { number: 3, why: "held for too short a time" },
      ],
    });
  });

  it("give latencies a drift within them, and none from one load to the next", () => {
    const holds = [0, 1, 2].map((stage) => ({ fromMs: stage * 100_000, toMs: (stage + 1) * 100_000 }));
    const events = (rise: number) =>
      Array.from({ length: 300 }, (_, at) => ({
        atMs: at * 1000,
        value: 20 * (1 + Math.floor(at / 100)) + ((at % 100) / 100) * rise + (at % 7) / 10,
      }));
    const plain = judgeDrift(events(0).map(({ value }) => value));
    assert.equal(plain.verdict, "drift", "by all of them, the load is taken for one");
    assert.equal(judgeDrift(centredByStage(events(0), holds)).verdict, "steady");
    const { verdict, shiftMs } = judgeDrift(centredByStage(events(30), holds));
    assert.equal(verdict, "drift");
    assert(Math.abs(shiftMs!.estimate - 20) < 2, JSON.stringify(shiftMs));
  });
});

const bytesPerPush = 8192;

function soak(fields: Record<string, unknown>): Promise<Report> {
  const scenario = readScenario({
    kind: "soak",
    target: "rehearsal",
    residueAfter: "1s",
    push: { interval: "200ms" },
    ...fields,
  }) as SoakScenario;
  return executeOne(scenario, "rehearsal", {
    runsFolder: folder,
    watch: () => [],
    signal: new AbortController().signal,
    allowedHosts: [],
    say: () => {},
  });
}

const upAndDown = ["100 over 1s hold 8s", "300 over 1s hold 8s", "100 over 1s hold 8s"];

describe("a soak in stages", { timeout: 180_000 }, () => {
  it("calls a leak a leak, at a rate between those of its loads", async () => {
    const script = join(folder, "leak.yaml");
    writeFileSync(script, `seed: 1\nfaults:\n  - { kind: life.leak, bytesPerPush: ${bytesPerPush} }\n`);
    const report = await soak({ stages: upAndDown, faults: script });
    const { memory } = soakOf(report) ?? {};
    assert.equal(memory?.verdict, "leak");
    const [least = 0, most = 0] = [100, 300].map((connections) => connections * 5 * bytesPerPush * 3600);
    assert(memory.perHour! > least * 0.8 && memory.perHour! < most * 1.2, `${memory.perHour}: ${least} to ${most}`);
    assert.deepEqual(memory.stages, [1, 2, 3]);
    assert(report.reasons.some(({ code }) => code === "memory-leak"));
    assert.deepEqual([memory.perConnectionHour, memory.perMillionPushes, memory.anchor], [null, null, null]);
  });

  it("calls no rise of the load a leak, neither the target's nor ours, and says what was not measured", async () => {
    // Seconds after a change of load the heap of a runtime still settles: more is allowed than in hours.
    const report = await soak({
      stages: ["100 over 1s hold 8s", "500 over 1s hold 8s", "1000 over 1s hold 8s"],
      memoryGrowth: "50%",
    });
    const block = soakOf(report)!;
    assert.equal(block.memory?.verdict, "steady", JSON.stringify(block.memory));
    assert.equal(block.descriptors?.verdict, "steady", JSON.stringify(block.descriptors));
    assert.equal(block.generator.descriptors.verdict, "steady");
    assert.equal(block.generator.memory.verdict, "steady", JSON.stringify(block.generator.memory));
    assert.deepEqual(block.memory.stages, [1, 2, 3]);
    assert.match(
      report.notes.find(({ code }) => code === "soak-stages")?.text ?? "",
      /not measured: what a change of load leaves behind$/,
    );
    assert.match(renderText(report), /within stages 1, 2\s+and 3/);
    const { planned, opened, reconnects, closedByPlan, closedUnexpectedly } = report.connections;
    assert.deepEqual([planned, opened + reconnects.opened], [1000, closedByPlan + closedUnexpectedly]);
  });

  it("that held no stage long enough has measured no trend, and passes nothing", async () => {
    const report = await soak({ stages: ["20 over 0s hold 2s", "40 over 0s hold 2s"] });
    assert.equal(soakOf(report)?.memory?.verdict, "too-short");
    assert.deepEqual(soakOf(report)?.memory?.stages, []);
    assert.equal(report.verdict, "invalid");
    assert.match(
      report.reasons.find(({ code }) => code === "not-measured")?.text ?? "",
      /memory: no stage was held long enough/,
    );
  });
});
