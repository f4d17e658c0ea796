/** Searches against the rehearsal target, whose limits are known: the bounds enclose them, and the limit is called by its name. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { capacityOf } from "../../report/capacity-block.ts";
import type { Report } from "../../report/report.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { ExecuteOptions } from "../execute.ts";
import { executeCapacity } from "./capacity-run.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-capacity-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const limit = 300;
const timing = { initialTrial: "1s", finalTrial: "1s", durationSum: "1s", confirm: "0s", width: 0.05 };

/** A search around the limit whose every load is decided by one short trial. */
function searchOf(name: string, fault: string, search: Record<string, unknown> = {}): CapacityScenario {
  const script = join(folder, `${name}.yaml`);
  writeFileSync(script, `seed: 1\nfaults:\n  - ${fault}\n`);
  // Only where latency is the limit are pushes judged: a busy machine may make one late in any trial.
  const push = { interval: "400ms", stamp: search.goals === undefined ? "none" : "auto" };
  const input = {
    kind: "capacity",
    target: "rehearsal",
    faults: script,
    push,
    search: { minimum: 285, maximum: 315, ...timing, ...search },
  };
  return readScenario(input) as CapacityScenario;
}

function optionsFor(more: Partial<ExecuteOptions> = {}): ExecuteOptions {
  return { runsFolder: folder, watch: () => [], signal: new AbortController().signal, allowedHosts: [], say: () => {}, ...more };
}

/** The bounds enclose the limit, within 5 % (one more for a limit that latency blurs). */
function assertEncloses(report: Report, trueLimit: number, slack = 0): void {
  const block = capacityOf(report);
  const told = block?.trials.map(({ load, verdict, criterion, evidence }) => `${load} ${verdict} ${Object.values(criterion)} ${evidence}`).join("; ");
  assert.ok(block?.lower != null && block.upper !== null, told);
  assert.ok(block.lower <= trueLimit + slack && block.upper >= trueLimit - slack, `${block.lower} to ${block.upper} around ${trueLimit}: ${told}`);
  assert.ok((block.upper - block.lower) / block.upper <= 0.05 && block.regular, told);
}

describe("a search finds the rehearsal target's limit", { concurrency: 3, timeout: 120_000 }, () => {
  const cases: [name: string, fault: string, search: Record<string, unknown>, limitedBy: string, criterion: string, slack: number][] = [
    ["drops above it", `{ kind: limit.drop, above: ${limit}, ending: close, code: 1013 }`, {}, "disconnects", "unexpected-closes", 0],
    ["stops listening above it", `{ kind: limit.refuse, above: ${limit}, how: stop-listening }`, {}, "target-refuses", "refused", 2],
    ["answers 503 above it", `{ kind: limit.refuse, above: ${limit}, how: status }`, {}, "target-refuses", "refused", 0],
    ["closes at accept above it", `{ kind: limit.fds, sockets: ${limit} }`, {}, "target-closes-early", "refused", 1],
    ["delays above it", `{ kind: limit.delay, above: ${limit}, msPerConnection: 15 }`, { goals: ["p99<=100,loss<=0.1"] }, "latency", "push-p99", 7],
  ];
  for (const [name, fault, search, limitedBy, criterion, slack] of cases) {
    it(`where it ${name}: limited by ${limitedBy}`, async () => {
      const report = await executeCapacity(searchOf(name.replaceAll(" ", "-"), fault, search), "rehearsal", optionsFor());
      assertEncloses(report, limit, slack);
      const block = capacityOf(report);
      // A busy machine may fill its processors while the pushes are late: that is then named first, and rightly.
      // Connects that were in the kernel's queue when the listener closed are cut off before their upgrade, not refused.
      const others: Record<string, string[]> = {
        latency: ["host-cpu", "target-thread", "target-cpu", "lost-pushes"],
        "target-refuses": ["target-closes-early"],
      };
      const expected = [limitedBy, ...(others[limitedBy] ?? [])];
      assert.ok(expected.includes(block?.limitedBy ?? ""), `${block?.limitedBy}: ${block?.evidence}`);
      const criteria = criterion === "push-p99" ? ["push-p99", "burst-p99", "lost-pushes"] : [criterion];
      assert.ok(criteria.includes(block?.criterion ?? ""), `${block?.criterion}`);
      assert.equal(report.verdict, "pass");
      assert.equal(report.connections.planned, block?.lower, "the report shows the trial at the lower bound");
    });
  }
});
