/** A search with a profile: taken in one more trial, which does not affect the bounds. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { Report } from "../../report/model/report.ts";
import { capacityOf } from "../../report/model/schema/capacity-block.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import { LocalShards } from "../coordinate/local-shards.ts";
import { executeCapacity } from "./capacity-run.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-capacity-profile-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const search = { minimum: 10, maximum: 20, initialTrial: "1s", finalTrial: "1s", durationSum: "1s", confirm: "0s" };

/** Two trials, with 10 and 20 connections, and the profile. `opened` is the total seen by observers. */
async function profiled(makeShards: () => LocalShards): Promise<{ report: Report; opened: number }> {
  const input = {
    kind: "capacity",
    target: "rehearsal",
    push: { interval: "200ms", stamp: "none" },
    profile: true,
    search,
  };
  let opened = 0;
  const watcher = {
    snapshot: ({ total }: { total: { counts: { opened: number } } }) => {
      opened = total.counts.opened;
    },
  };
  const options = {
    runsFolder: folder,
    watch: () => [watcher],
    signal: new AbortController().signal,
    allowedHosts: [],
    say: () => {},
    makeShards,
  };
  return { report: await executeCapacity(readScenario(input) as CapacityScenario, "rehearsal", options), opened };
}

describe("a profiled capacity search", { concurrency: 2, timeout: 60_000 }, () => {
  it("runs one more trial at the lower bound under the profiler, which contributes to no figure", async () => {
    const { report, opened } = await profiled(() => new LocalShards());
    const block = capacityOf(report)!;
    assert.deepEqual(
      block.trials.map(({ load }) => load),
      [10, 20],
    );
    assert.deepEqual([block.lower, report.verdict, report.connections.planned, opened], [20, "pass", 20, 10 + 20 + 20]);
    const [profile] = report.profiles ?? [];
    assert.ok(profile !== undefined && profile.top.length > 0 && existsSync(join(folder, report.run, profile.file)));
    assert.match(report.notes.find(({ code }) => code === "profiled")?.text ?? "", /extra trial at 20 connections/);
    assert.ok(
      JSON.parse(readFileSync(join(folder, report.run, "report.json"), "utf8")).profiles.length === 1,
      "the saved report has it",
    );
    assert.deepEqual(readdirSync(join(folder, report.run, "trials")).sort(), ["01", "02", "profile"]);
  });

  it("keeps its answer when that trial cannot be run, and says why there is no profile", async () => {
    let trials = 0;
    const { report } = await profiled(() => {
      const shards = new LocalShards();
      if (++trials === 3) shards.prepare = () => Promise.reject(new Error("no shard was ready"));
      return shards;
    });
    assert.deepEqual([capacityOf(report)?.lower, report.verdict, report.profiles], [20, "pass", undefined]);
    assert.match(report.notes.find(({ code }) => code === "no-profile")?.text ?? "", /no shard was ready/);
  });
});
