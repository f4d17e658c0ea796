/** A real soak with a known leak and one without: the first must be reported, with its rate; the second must not. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { Report } from "../../report/model/report.ts";
import { soakOf } from "../../report/model/schema/soak-block.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { SoakScenario } from "../../scenario/soak-schema.ts";
import type { RunObserver } from "../coordinate/observer.ts";
import { executeOne } from "../executors.ts";
import { readReport } from "../folder/run-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-soak-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const bytesPerPush = 8192;

function soak(faults: string | undefined, watcher: RunObserver = {}): Promise<Report> {
  const own = faults === undefined ? {} : { faults };
  const scenario = readScenario({
    kind: "soak",
    target: "rehearsal",
    connections: 200,
    hold: "16s",
    residueAfter: "1s",
    push: { interval: "200ms" },
    ...own,
  }) as SoakScenario;
  return executeOne(scenario, "rehearsal", {
    runsFolder: folder,
    watch: () => [watcher],
    signal: new AbortController().signal,
    allowedHosts: [],
    say: () => {},
  });
}

describe("a soak", { concurrency: 2, timeout: 120_000 }, () => {
  it("reports a leak with its rate within 20 %", async () => {
    const script = join(folder, "leak.yaml");
    writeFileSync(script, `seed: 1\nfaults:\n  - { kind: life.leak, bytesPerPush: ${bytesPerPush} }\n`);
    const verdicts: (string | null)[] = [];
    const report = await soak(script, { ended: ({ verdict }) => verdicts.push(verdict) });
    const { memory, residue } = soakOf(report) ?? {};
    assert.equal(memory?.verdict, "leak");
    const perPush = (memory.perMillionPushes ?? 0) / 1e6;
    assert.ok(perPush > bytesPerPush * 0.8 && perPush < bytesPerPush * 1.2, `${perPush} bytes a push`);
    assert.ok(
      memory.lower !== null &&
        memory.upper !== null &&
        memory.lower <= (memory.perHour ?? 0) &&
        memory.upper >= (memory.perHour ?? 0),
    );
    assert.ok(report.reasons.some(({ code }) => code === "memory-leak"));
    assert.deepEqual(verdicts, [report.verdict], "a watcher hears of the end once, with the last verdict");
    assert.equal(residue?.find(({ name }) => name === "target memory, bytes")?.ok, false);
    assert.equal(residue?.find(({ name }) => name === "target descriptors")?.ok, true);
  });

  it("reports no leak for a target with constant memory", async () => {
    const report = await soak(undefined);
    const block = soakOf(report);
    assert.equal(block?.memory?.verdict, "steady", JSON.stringify(block?.memory));
    assert.equal(block.descriptors?.verdict, "steady");
    const { processes = [] } = block.generator;
    assert.deepEqual(
      processes.map(({ name }) => name),
      ["coordinator", ...processes.slice(1).map((_, shard) => `shard ${shard}`)],
    );
    const most = processes.reduce((sum, { levels }) => sum + (levels?.highest ?? 0), 0) / 2 ** 20;
    const { peak, steady } = report.usage.generator.rssMiB;
    assert.ok(
      processes.length > 1 && most > steady / 2 && most < peak * 1.1,
      JSON.stringify([processes, steady, peak]),
    );
    assert.ok(
      !report.reasons.some(({ code }) => code === "memory-leak" || code === "residue"),
      JSON.stringify(report.reasons),
    );
    assert.deepEqual(
      soakOf(readReport(folder, report.run)!),
      JSON.parse(JSON.stringify(block)),
      "the saved report carries the block",
    );
  });
});
