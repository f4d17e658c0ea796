/** The course of a search: ceilings, stops, and resuming after a crash. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { capacityOf } from "../../report/model/schema/capacity-block.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import { findPort } from "../../target/port.ts";
import type { ExecuteOptions } from "../execute.ts";
import { readReport } from "../folder/run-folder.ts";
import { unspoilt } from "../testing/unspoilt-search.ts";
import { executeCapacity } from "./capacity-run.ts";
import type { CapacityState } from "./search-state.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-course-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const script = join(folder, "limit.yaml");
writeFileSync(script, "seed: 1\nfaults:\n  - { kind: limit.drop, above: 40, ending: close, code: 1013 }\n");
const timing = { initialTrial: "1s", finalTrial: "1s", durationSum: "1s", confirm: "0s", width: 0.1 };

function searchOf(input: Record<string, unknown>, search: Record<string, unknown>): CapacityScenario {
  return readScenario({
    kind: "capacity",
    target: "rehearsal",
    push: { interval: "200ms" },
    ...input,
    search: { ...timing, ...search },
  }) as CapacityScenario;
}

function optionsFor(more: Partial<ExecuteOptions> = {}): ExecuteOptions {
  return {
    runsFolder: folder,
    watch: () => [],
    signal: new AbortController().signal,
    allowedHosts: [],
    say: () => {},
    ...more,
  };
}

/**
 * A separately started rehearsal target, given by URL: with a descriptor limit enforced by the kernel instead of a
 * script, and an optional fault script.
 */
async function limitedTarget(
  descriptors: number,
  faults = "",
): Promise<{ url: string; pid: number; stop: () => void }> {
  const [port, tcpPort] = await Promise.all([findPort(), findPort()]);
  await Promise.all([port.release(), tcpPort.release()]);
  const main = fileURLToPath(new URL("../../../services/target-rehearsal/main.js", import.meta.url));
  const command = `ulimit -n ${descriptors} && exec "$0" "$1" --host 127.0.0.1 --port ${port.port} --tcp-port ${tcpPort.port} --faults "$2"`;
  const child = spawn("sh", ["-c", command, process.execPath, main, faults], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port.port}/healthz`;
  const isUp = (): Promise<boolean> =>
    new Promise((resolve) =>
      get(url, { agent: false }, (answer) => resolve(answer.resume().statusCode === 200)).on("error", () =>
        resolve(false),
      ),
    );
  const untilMs = performance.now() + 20_000;
  while (!(await isUp())) {
    assert.ok(performance.now() < untilMs && child.exitCode === null, "the target comes up");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url: `ws://127.0.0.1:${port.port}/push?intervalMs=200&bytes=100&timing=burst&group=0`,
    pid: child.pid ?? 0,
    stop: () => void child.kill("SIGKILL"),
  };
}

describe("a capacity search", { concurrency: 2, timeout: 120_000 }, () => {
  it("reports a lower bound only when the scenario's maximum holds", async () => {
    const report = await executeCapacity(searchOf({}, { minimum: 20, maximum: 30 }), "rehearsal", optionsFor());
    const block = capacityOf(report);
    assert.deepEqual([block?.lower, block?.upper, block?.regular, block?.limitedBy], [30, null, false, "maximum"]);
    assert.equal(report.verdict, "pass");
  });

  it("fails when a limit on its bound is missed", async () => {
    const report = await executeCapacity(
      searchOf({ limits: ["capacity.lower >= 50"] }, { minimum: 20, maximum: 20 }),
      "rehearsal",
      optionsFor(),
    );
    assert.deepEqual(
      [report.verdict, report.reasons[0]?.code, report.limits[0]?.measured],
      ["fail", "limit-missed", 20],
    );
  });

  it("names the target's descriptors when its process runs out of them, and that it was not restarted", async () => {
    const target = await limitedTarget(120);
    try {
      const scenario = searchOf({ target: target.url, pid: [target.pid] }, { minimum: 60, maximum: 160, width: 0.3 });
      const report = await executeCapacity(scenario, target.url, optionsFor());
      const block = capacityOf(report);
      assert.equal(block?.limitedBy, "target-descriptors", block?.evidence ?? "");
      assert.ok(block.lower !== null && block.lower < 120 && block.upper !== null && block.upper > 60);
      assert.equal(block.restarted, false);
      assert.ok(report.notes.some(({ code }) => code === "not-restarted"));
    } finally {
      target.stop();
    }
  });

  it("reports the exit of a watched process of a target given by URL, and ends if it does not return", async (test) => {
    const dying = join(folder, "dying.yaml");
    writeFileSync(dying, "faults: [{ kind: life.die, at: { whenOpen: 35, afterMs: 200 } }]\n");
    const report = await unspoilt(test, async () => {
      const target = await limitedTarget(1000, dying);
      try {
        const scenario = searchOf({ target: target.url, pid: [target.pid] }, { minimum: 20, maximum: 60 });
        return await executeCapacity(scenario, target.url, optionsFor());
      } finally {
        target.stop();
      }
    });
    if (report === null) return;
    const block = capacityOf(report);
    assert.deepEqual(
      [block?.lower, block?.upper, block?.criterion, block?.limitedBy, block?.end],
      [20, 40, "target-died", "target-died", "not-started"],
    );
    assert.match(report.reasons[0]?.text ?? "", /^trial 5 had no target \(expected .* to accept a connection/);
  });

  it("keeps its bounds when interrupted, and resumes without repeating a trial", async () => {
    const stop = new AbortController();
    let finished = 0;
    const say = (line: string): void => {
      if (/^ {2}trial \d+:/.test(line) && ++finished === 2) stop.abort();
    };
    const scenario = searchOf({ faults: script }, { minimum: 20, maximum: 60 });
    const stopped = await executeCapacity(scenario, "rehearsal", optionsFor({ signal: stop.signal, say }));
    assert.deepEqual(
      [stopped.state, capacityOf(stopped)?.trials.length, capacityOf(stopped)?.end],
      ["interrupted", 2, "interrupted"],
    );
    const state = JSON.parse(readFileSync(join(folder, stopped.run, "search.json"), "utf8")) as CapacityState;
    assert.equal(state.trials.length, 2);

    const resumed = await executeCapacity(scenario, "rehearsal", optionsFor({ resume: stopped.run }));
    const block = capacityOf(resumed);
    assert.deepEqual(block?.trials.slice(0, 2), state.trials);
    assert.ok(
      block?.lower != null && block.lower <= 40 && block.upper !== null && block.upper > 40 && block.regular,
      JSON.stringify(block?.goals),
    );
    assert.equal(readReport(folder, resumed.run)?.verdict, "pass");
    const names = readdirSync(join(folder, resumed.run, "trials"));
    assert.equal(names.length, block.trials.length);
    assert.ok(existsSync(join(folder, resumed.run, "report.html")));
  });

  it("presents its trials to observers as one run with growing counts and converging bounds", async () => {
    const seen = { begun: 0, ended: 0, opened: [] as number[], runs: new Set<string>(), lower: 0 };
    const watcher = {
      begun: () => seen.begun++,
      ended: () => seen.ended++,
      snapshot: ({ report, total }: { report: { run: string }; total: { counts: { opened: number } } }) => {
        seen.runs.add(report.run);
        seen.opened.push(total.counts.opened);
        seen.lower = capacityOf(report as never)?.lower ?? 0;
      },
    };
    const report = await executeCapacity(
      searchOf({}, { minimum: 10, maximum: 20 }),
      "rehearsal",
      optionsFor({ watch: () => [watcher] }),
    );
    assert.deepEqual([seen.begun, seen.ended, [...seen.runs]], [1, 1, [report.run]]);
    assert.deepEqual(
      seen.opened,
      [...seen.opened].sort((a, b) => a - b),
    );
    assert.equal(
      seen.opened.at(-1),
      capacityOf(report)?.trials.reduce((sum, { connections }) => sum + connections, 0),
    );
    assert.equal(seen.lower, 10, "the bound before the last trial");
  });

  it("is refused before anything is dialled when its trials are too short for a push", async () => {
    const scenario = searchOf({ push: { interval: "2s" } }, { minimum: 10 });
    await assert.rejects(
      executeCapacity(scenario, "rehearsal", optionsFor()),
      /search.initialTrial: expected at least 2 push intervals/,
    );
    await assert.rejects(
      executeCapacity(searchOf({}, {}), "rehearsal", optionsFor({ resume: "20260101-000000-none" })),
      /resume: expected a capacity run/,
    );
  });
});
