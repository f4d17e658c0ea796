import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Report } from "../../report/model/report.ts";
import { renderText } from "../../report/text/text.ts";
import type { PipelineScenario } from "../../scenario/pipeline-schema.ts";
import { readScenario, ScenarioError } from "../../scenario/read-scenario.ts";
import type { ExecuteOptions } from "../execute.ts";
import { readReport } from "../folder/run-folder.ts";
import { TargetUnavailable } from "../prepare/choose-target.ts";
import { type FakeVariant, makeFakePipeline } from "../testing/fake-pipeline.ts";
import { executePipeline, logPlan, runPipeline } from "./pipeline-run.ts";

const scenario = (fields: object): PipelineScenario =>
  readScenario({
    kind: "pipeline",
    target: "fake",
    lines: 300,
    badLines: 4,
    repeats: 2,
    starts: 0,
    ...fields,
  }) as PipelineScenario;

const optionsOf = (runsFolder: string, signal = new AbortController().signal): ExecuteOptions => ({
  runsFolder,
  watch: () => [],
  signal,
  allowedHosts: [],
  say: () => {},
});

/** Runs a fake pipeline and returns the report, the order of its commands, and the contents of its run folder. */
async function runFake(
  variants: FakeVariant[],
  fields: object = {},
  watch: ExecuteOptions["watch"] = () => [],
): Promise<{ report: Report; order: string[]; files: string[] }> {
  const fake = makeFakePipeline(variants);
  try {
    const asked = scenario(fields);
    const report = await runPipeline(asked, fake.target, logPlan(asked), { ...optionsOf(fake.runs), watch });
    assert.deepEqual(readReport(fake.runs, report.run)?.verdict, report.verdict);
    const order = readFileSync(join(fake.folder, "order.txt"), "utf8").trim().split("\n");
    return { report, order, files: readdirSync(join(fake.runs, report.run)) };
  } finally {
    fake.remove();
  }
}

const stateOf = (report: Report, name: string) => report.variants?.find((variant) => variant.name === name);

describe("a pipeline run", { timeout: 120_000 }, () => {
  it("measures every variant in turn, after trying each once, and compares the answers with the truth", async () => {
    const { report, order, files } = await runFake(["right", "right-too"]);
    assert.equal(report.verdict, "pass");
    assert.deepEqual(order, ["right", "right-too", "right", "right-too", "right", "right-too"]);
    const variant = stateOf(report, "right");
    assert.equal(variant?.runs, 2);
    assert.ok((variant?.ms?.min ?? 0) > 0 && (variant?.cpuSeconds ?? 0) > 0 && (variant?.rssMiB ?? 0) > 1);
    assert.ok((variant?.parseMs?.median ?? Infinity) <= (variant?.ms?.median ?? 0));
    assert.equal(variant?.uniqueUsers, report.log?.uniqueUsers);
    assert.ok(!files.includes("log.ndjson") && !files.includes("probe.ndjson"), "the log is gone");
  });

  it("reports the generator's speed next to the fastest variant's", async () => {
    const { report } = await runFake(["right"], { lines: 20_000 });
    const { log, generation } = report;
    const parseMs = stateOf(report, "right")?.parseMs?.median ?? 0;
    assert.ok(generation!.ms > 0);
    assert.equal(generation!.megabytesPerSecond, log!.bytes / 1e3 / generation!.ms);
    assert.deepEqual(generation!.fastest, { variant: "right", megabytesPerSecond: log!.bytes / 1e3 / parseMs });
    assert.match(renderText(report), /generator: .* MB\/s/);
  });

  it("runs each variant's repeats in a row on request, and keeps the log on request", async () => {
    const { order, files } = await runFake(["right", "right-too"], { order: "sequential", keepFile: true });
    assert.deepEqual(order.slice(2), ["right", "right", "right-too", "right-too"]);
    assert.ok(files.includes("log.ndjson"));
  });

  it("names the bad lines by number and processes the rest", async () => {
    const { report } = await runFake(["right"]);
    assert.deepEqual([report.log?.bad, report.log?.firstBadLine], [4, 75]);
    assert.deepEqual([stateOf(report, "right")?.badLines, stateOf(report, "right")?.firstBadLine], [4, 75]);
  });

  it("fails on a wrong answer, omits its figures, and continues with the others", async () => {
    const { report } = await runFake(["naive", "right"], { repeats: 1 });
    assert.equal(report.verdict, "fail");
    assert.equal(stateOf(report, "naive")?.state, "wrong-answer");
    assert.equal(stateOf(report, "naive")?.ms, null);
    assert.match(report.reasons.map(({ text }) => text).join(), /naive: uniqueUsers: expected \d+, got \d+/);
    assert.equal(stateOf(report, "right")?.ok, true);
  });

  it("reports a variant with a missing module as unavailable: the verdict is that of the others", async () => {
    const { report, order } = await runFake(["missing", "right"], { repeats: 1 });
    assert.equal(report.verdict, "pass");
    assert.equal(stateOf(report, "missing")?.state, "unavailable");
    assert.match(
      report.notes.map(({ text }) => text).join(),
      /missing cannot run here: exited with 1: ujson is not installed/,
    );
    assert.deepEqual(order, ["missing", "right", "right"]);
  });

  it("kills a command at its deadline, and reports crashes and excessive output", async () => {
    const { report } = await runFake(["hangs", "crashes", "loud", "right"], { repeats: 1, timeout: "1s" });
    const states = report.variants?.map(({ state }) => state);
    assert.deepEqual(states, ["timed-out", "failed", "failed", "ok"]);
    assert.match(stateOf(report, "crashes")?.why ?? "", /exited with 5: out of luck/);
    assert.match(stateOf(report, "loud")?.why ?? "", /more than 1 MiB/);
    assert.equal(report.verdict, "fail");
  });

  it("applies limits to the worst variant", async () => {
    const { report } = await runFake(["right"], {
      repeats: 1,
      limits: ["pipelineMs.median <= 0.001", "linesPerSecond >= 1"],
    });
    assert.deepEqual(
      report.limits.map(({ limit, ok }) => [limit, ok]),
      [
        ["pipelineMs.median", false],
        ["linesPerSecond", true],
      ],
    );
    assert.equal(report.verdict, "fail");
  });

  it("stops at the signal with what it has", async () => {
    const fake = makeFakePipeline(["right", "hangs"]);
    const interrupt = new AbortController();
    try {
      const asked = scenario({});
      const watch: ExecuteOptions["watch"] = () => [
        { snapshot: ({ report }) => stateOf(report, "right")?.runs === 1 && interrupt.abort() },
      ];
      const report = await runPipeline(asked, fake.target, logPlan(asked), {
        ...optionsOf(fake.runs, interrupt.signal),
        watch,
      });
      assert.equal(report.state, "interrupted");
      assert.equal(report.verdict, null);
      assert.equal(stateOf(report, "right")?.runs, 1);
      assert.ok(!existsSync(join(fake.runs, report.run, "log.ndjson")));
    } finally {
      fake.remove();
    }
  });

  it("keeps a profile of an extra run, in the runtime's own format and excluded from figures", async () => {
    const { report, files, order } = await runFake(["right"], { repeats: 1, profile: true, lines: 20_000 });
    const [profile] = report.profiles ?? [];
    assert.equal(profile?.format, "cpuprofile");
    assert.ok(files.includes("profile-right.cpuprofile"));
    assert.ok((profile?.top.length ?? 0) > 0 && (profile?.flame.children.length ?? 0) > 0);
    assert.equal(stateOf(report, "right")?.runs, 1);
    assert.equal(order.length, 3);
  });
});

describe("an impossible pipeline", { timeout: 60_000 }, () => {
  const refused = (fields: object, field: string): void => {
    assert.throws(
      () => logPlan(scenario(fields)),
      (error: unknown) => error instanceof ScenarioError && error.problems.some((problem) => problem.field === field),
    );
  };

  it("is refused before anything runs", async () => {
    refused({ lines: 10, badLines: 11 }, "badLines");
    refused({ lines: 10, badLines: 0, uniqueUsers: 11 }, "uniqueUsers");
    await assert.rejects(executePipeline(scenario({}), "ws://127.0.0.1:1/", optionsOf("runs")), ScenarioError);
  });

  it("takes a share of users, by default never more than there are lines", () => {
    assert.equal(logPlan(scenario({ lines: 1000, badLines: 0, uniqueUsers: 0.5 })).uniqueUsers, 500);
    assert.equal(logPlan(scenario({ lines: 100_000, badLines: 0 })).uniqueUsers, 12_345);
    assert.equal(logPlan(scenario({ lines: 10_000_000, badLines: 0 })).uniqueUsers, 12_345);
    assert.equal(logPlan(scenario({ lines: 1, badLines: 0 })).uniqueUsers, 1);
    assert.equal(logPlan(scenario({ lines: 5, badLines: 5 })).uniqueUsers, 0);
  });

  it("is unavailable when no variant can run, and leaves no run behind", async () => {
    const fake = makeFakePipeline(["missing"]);
    try {
      const asked = scenario({});
      await assert.rejects(runPipeline(asked, fake.target, logPlan(asked), optionsOf(fake.runs)), TargetUnavailable);
      assert.deepEqual(readdirSync(fake.runs), []);
      const none = scenario({ variants: ["ujson"] });
      await assert.rejects(runPipeline(none, fake.target, logPlan(none), optionsOf(fake.runs)), TargetUnavailable);
    } finally {
      fake.remove();
    }
  });
});
