import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { comparisonOf } from "../../report/model/figures/comparison.ts";
import type { Report } from "../../report/model/report.ts";
import { sampleAsked, sampleHeld } from "../../report/testing/sample-compare.ts";
import type { CompareScenario } from "../../scenario/compare-schema.ts";
import { readScenario, ScenarioError } from "../../scenario/read-scenario.ts";
import type { ExecuteOptions } from "../execute.ts";
import { listRuns, readReport } from "../folder/run-folder.ts";
import { executeCompare, namedScenarios, type RunOne } from "./compare-run.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-compare-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let runs = 0;

/** URLs need no runtime, and the runs are simulated. */
const [one, two] = ["ws://127.0.0.1:1/", "ws://127.0.0.1:2/"];
const connections = { kind: "connections", connections: 5, hold: "1s" };
const compare = (fields: object): CompareScenario =>
  readScenario({
    kind: "compare",
    targets: [one, two],
    scenarios: [connections, { kind: "api" }],
    repeats: 2,
    ...fields,
  }) as CompareScenario;

const optionsOf = (more: Partial<ExecuteOptions> = {}): ExecuteOptions => ({
  runsFolder: join(folder, String(runs++)),
  watch: () => [],
  signal: new AbortController().signal,
  allowedHosts: [],
  say: () => {},
  ...more,
});

const answer: RunOne = async ({ kind }, target) =>
  kind === "api" ? sampleAsked(target, 100, 5) : sampleHeld(target, 20, 65);

describe("executeCompare", () => {
  it("runs everything in turn, reports progress, and leaves an ordinary run folder", async () => {
    const order: string[] = [];
    const said: string[] = [];
    const options = optionsOf({ say: (line) => said.push(line) });
    const { report, errors } = await executeCompare(compare({}), options, async (scenario, target, given) => {
      order.push(`${scenario.kind} ${target.at(-2)}`);
      return answer(scenario, target, given);
    });
    assert.deepEqual(order, [
      "connections 1",
      "connections 2",
      "api 2",
      "api 1",
      "connections 2",
      "connections 1",
      "api 1",
      "api 2",
    ]);
    assert.match(said[0]!, /^run 1 of 8: connections on ws:\/\/127\.0\.0\.1:1\/, repeat 1 of 2; about .* left$/);
    assert.deepEqual([report.verdict, report.state, errors.length, report.runs.length], ["pass", "finished", 0, 8]);
    assert.deepEqual(listRuns(options.runsFolder), [report.run]);
    const path = join(options.runsFolder, report.run);
    for (const file of ["scenario.json", "report.json", "report.html", "report.md"])
      assert.ok(existsSync(join(path, file)), file);
    const { schema, kind, runs: kept } = JSON.parse(readFileSync(join(path, "report.json"), "utf8"));
    assert.deepEqual([schema, kind, kept.length], [1, "compare", 8]);
    assert.deepEqual(
      comparisonOf(readReport(options.runsFolder, report.run)!)?.summary,
      JSON.parse(JSON.stringify(report.summary)),
    );
  });

  it("keeps existing results when interrupted at any instant", async () => {
    const interrupt = new AbortController();
    const options = optionsOf({ signal: interrupt.signal });
    let count = 0;
    const { report } = await executeCompare(compare({}), options, async (scenario, target, given) => {
      const before = comparisonOf(readReport(options.runsFolder, listRuns(options.runsFolder)[0]!)!);
      assert.deepEqual([before?.state, before?.runs.length], ["running", count]);
      if (++count < 3) return answer(scenario, target, given);
      interrupt.abort();
      return { ...(await answer(scenario, target, given)), state: "interrupted" } as Report;
    });
    assert.deepEqual(
      [report.state, report.runs.length, report.summary.planned, report.verdict],
      ["interrupted", 3, 8, null],
    );
    assert.deepEqual(
      report.summary.outcomes.map(({ counted, interrupted }) => [counted, interrupted]),
      [
        [1, 0],
        [1, 0],
        [0, 0],
        [0, 1],
      ],
    );
  });

  it("reports once what cannot be run, and continues with the rest", async () => {
    const said: string[] = [];
    const { report, errors } = await executeCompare(
      compare({}),
      optionsOf({ say: (line) => said.push(line) }),
      async (scenario, target, given) => {
        if (scenario.kind === "api" && target === one) throw new Error("no API there\nstack");
        return answer(scenario, target, given);
      },
    );
    assert.deepEqual([report.runs.length, errors.length, report.summary.skipped.length], [6, 1, 1]);
    assert.equal(report.summary.skipped[0]?.text, `api on ${one}: no API there`);
    assert.ok(said.includes(`api on ${one}: no API there`));
    assert.ok(report.notes.some(({ code }) => code === "skipped"));
  });

  it("throws when nothing could be run, and before anything is started for unknown names", async () => {
    const fails: RunOne = async () => {
      throw new Error("unreachable");
    };
    await assert.rejects(executeCompare(compare({ repeats: 1 }), optionsOf(), fails), /unreachable/);
    const unknown = executeCompare(compare({ targets: ["go", "erlang", "cobol"] }), optionsOf(), fails);
    await assert.rejects(
      unknown,
      (error: unknown) =>
        error instanceof ScenarioError && error.problems.length === 2 && /got "erlang"/.test(error.message),
    );
  });

  it("uses a given id for itself, and new ones for its runs", async () => {
    const kinds: string[] = [];
    const newRun = (kind: string): string => {
      kinds.push(kind);
      return `20261123-080000-${kind}-x-${kinds.length}`;
    };
    const { report } = await executeCompare(compare({}), optionsOf({ newRun }), answer);
    assert.deepEqual([kinds, report.run], [["compare"], "20261123-080000-compare-x-1"]);
  });
});

describe("namedScenarios", () => {
  it("numbers a kind that occurs twice, and runs a search once", () => {
    const named = namedScenarios(
      compare({
        scenarios: [
          connections,
          { kind: "api", sweep: [1, 2], hold: "10s" },
          { kind: "capacity" },
          { ...connections, title: "more" },
        ],
        repeats: 4,
      }),
    );
    assert.deepEqual(
      named.map(({ name, title, repeats, heldMs }) => [name, title, repeats, heldMs]),
      [
        ["connections", "connections", 4, 1000],
        ["api", "api", 4, 20_000],
        ["capacity", "capacity", 1, null],
        ["connections 2", "more", 4, 1000],
      ],
    );
  });
});
