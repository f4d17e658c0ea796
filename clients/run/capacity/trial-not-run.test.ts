/** A search whose target or shards do not start for a later trial: reported as such, retried, and resumed later. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { capacityOf } from "../../report/model/schema/capacity-block.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import { LocalShards } from "../coordinate/local-shards.ts";
import type { ExecuteOptions } from "../execute.ts";
import { readReport } from "../folder/run-folder.ts";
import { executeCapacity } from "./capacity-run.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-restart-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const timing = { initialTrial: "1s", finalTrial: "1s", durationSum: "1s", confirm: "0s", width: 0.1 };

/** A target that reads its script at each start, and does not start with a broken one. */
class Flaky {
  readonly #script: string;
  /** Numbers of the trials whose start fails. */
  readonly #fails: (trial: number) => boolean;
  readonly scenario: CapacityScenario;

  constructor(name: string, fails: (trial: number) => boolean, search: Record<string, unknown> = {}) {
    this.#script = join(folder, `${name}.yaml`);
    this.#fails = fails;
    this.#write(false);
    const push = { interval: "200ms", stamp: "none" };
    const input = {
      kind: "capacity",
      target: "rehearsal",
      faults: this.#script,
      push,
      search: { minimum: 20, maximum: 60, ...timing, ...search },
    };
    this.scenario = readScenario(input) as CapacityScenario;
  }

  #write(isBroken: boolean): void {
    writeFileSync(
      this.#script,
      isBroken
        ? "faults: [{ kind: no.such.fault }]\n"
        : "seed: 1\nfaults:\n  - { kind: limit.drop, above: 40, ending: close }\n",
    );
  }

  /** Called before each trial's target is started. */
  readonly say = (line: string): void => {
    const trial = /; trial (\d+): /.exec(line)?.[1];
    if (trial !== undefined) this.#write(this.#fails(Number(trial)));
  };

  options(more: Partial<ExecuteOptions> = {}): ExecuteOptions {
    return {
      runsFolder: folder,
      watch: () => [],
      signal: new AbortController().signal,
      allowedHosts: [],
      say: this.say,
      ...more,
    };
  }
}

describe("a later trial that cannot be run", { concurrency: 2, timeout: 120_000 }, () => {
  it("because its target did not start is an invalid trial with the reason, and is repeated", async () => {
    const flaky = new Flaky("once", (trial) => trial === 2);
    const report = await executeCapacity(flaky.scenario, "rehearsal", flaky.options());
    const block = capacityOf(report)!;
    const [, failed, again] = block.trials;
    assert.deepEqual(
      [failed?.verdict, failed?.limitedBy, failed?.notRun, failed?.load],
      ["invalid", "target-not-started", true, again?.load],
    );
    assert.match(
      failed?.evidence ?? "",
      /^starting target rehearsal: it exited with 2 before it was ready.*no\.such\.fault/,
    );
    assert.deepEqual([again?.notRun, block.trials.filter(({ notRun }) => notRun === true).length], [undefined, 1]);
    assert.ok(
      block.lower !== null && block.lower <= 40 && block.upper !== null && block.upper > 40 && block.regular,
      JSON.stringify(block.goals),
    );
    assert.deepEqual(
      [report.state, report.verdict, block.end, block.limitedBy],
      ["finished", "pass", "answered", "disconnects"],
    );
  });

  it("repeatedly ends the search with the bounds so far; resuming continues from them", async () => {
    const flaky = new Flaky("for-good", (trial) => trial > 1);
    const report = await executeCapacity(flaky.scenario, "rehearsal", flaky.options());
    const block = capacityOf(report)!;
    assert.deepEqual(
      [report.state, report.verdict, block.end, block.limitedBy],
      ["finished", "fail", "not-started", "target-not-started"],
    );
    assert.match(report.reasons[0]?.text ?? "", /^trial 4 had no target \(starting target rehearsal: /);
    assert.equal(report.reasons[0]?.code, "target-not-started");
    assert.deepEqual(
      block.trials.map(({ verdict }) => verdict),
      ["pass", "invalid", "invalid", "invalid"],
    );
    assert.deepEqual([block.lower, block.upper, report.connections.planned], [20, null, 20]);
    assert.deepEqual(readReport(folder, report.run)?.reasons, report.reasons);

    const mended = new Flaky("for-good", () => false);
    const resumed = await executeCapacity(mended.scenario, "rehearsal", mended.options({ resume: report.run }));
    const found = capacityOf(resumed)!;
    assert.deepEqual(found.trials.slice(0, 4), block.trials);
    assert.ok(
      found.lower !== null && found.lower <= 40 && found.upper !== null && found.upper > 40 && found.regular,
      JSON.stringify(found.goals),
    );
    assert.deepEqual([resumed.verdict, resumed.reasons], ["pass", []]);
  });

  it("counts towards the budget of trials", async () => {
    const flaky = new Flaky("budget", (trial) => trial > 1, { mostTrials: 2 });
    const block = capacityOf(await executeCapacity(flaky.scenario, "rehearsal", flaky.options()));
    assert.deepEqual([block?.trials.length, block?.end, block?.lower], [2, "not-started", 20]);
  });

  it("because its shards were not ready is the generator's ceiling", async () => {
    const flaky = new Flaky("shards", () => false, { maximum: 30 });
    let trials = 0;
    const makeShards = (): LocalShards => {
      const shards = new LocalShards();
      if (++trials > 1) shards.prepare = () => Promise.reject(new Error("shard 0 was not ready within 30 s"));
      return shards;
    };
    const report = await executeCapacity(flaky.scenario, "rehearsal", flaky.options({ makeShards }));
    const block = capacityOf(report)!;
    const invalid = block.trials.filter(({ notRun }) => notRun === true);
    assert.ok(
      invalid.length >= 3 &&
        invalid.every(
          ({ limitedBy, evidence }) => limitedBy === "generator" && /^shard 0 was not ready/.test(evidence ?? ""),
        ),
    );
    assert.deepEqual(
      [block.lower, block.upper, block.regular, block.limitedBy, block.end],
      [20, null, false, "generator", "answered"],
    );
    assert.equal(report.verdict, "pass");
  });

  it("is not a trial of the search when it is the first, because nothing was learned", async () => {
    const flaky = new Flaky("first", () => true);
    await assert.rejects(
      executeCapacity(flaky.scenario, "rehearsal", flaky.options()),
      /starting target rehearsal: it exited with 2 before it was ready/,
    );
  });
});
