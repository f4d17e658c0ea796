/**
 * Searches with the rehearsal target, whose limits are known: the bounds must enclose them, and the limit must be named
 * correctly.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { busyCores, readHostTimes } from "../../measure/host/host-load.ts";
import type { Report } from "../../report/model/report.ts";
import { capacityOf } from "../../report/model/schema/capacity-block.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { ExecuteOptions } from "../execute.ts";
import { executeCapacity } from "./capacity-run.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-capacity-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const limit = 300;
const limitsItself = spawnSync("prlimit", ["--version"]).status === 0;
/** Pushes are judged only where latency is the limit: on a busy machine one may be late in any trial. */
const unjudged = { interval: "400ms", stamp: "none" };
const timing = { initialTrial: "1s", finalTrial: "1s", durationSum: "1s", confirm: "0s", width: 0.05 };

const behindTls = "answers 503 above it behind TLS";

/** A search around the limit in which a single short trial decides every load. */
function searchOf(
  name: string,
  fault: string,
  search: Record<string, unknown> = {},
  push: Record<string, unknown> = unjudged,
  isSecure = false,
): CapacityScenario {
  const script = join(folder, `${name}.yaml`);
  writeFileSync(script, `seed: 1\nfaults:\n  - ${fault}\n`);
  const input = {
    kind: "capacity",
    target: "rehearsal",
    faults: script,
    push,
    search: { minimum: 285, maximum: 315, ...timing, ...search },
    ...(isSecure ? { tls: { serve: true } } : {}),
  };
  return readScenario(input) as CapacityScenario;
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

/** The bounds enclose the limit, within 5 %; `slack` allows for connects that meet a limit while it closes. */
function assertEncloses(report: Report, trueLimit: number, slack = 0): void {
  const block = capacityOf(report);
  const told = block?.trials
    .map(({ load, verdict, criterion, evidence }) => `${load} ${verdict} ${Object.values(criterion)} ${evidence}`)
    .join("; ");
  assert.ok(block?.lower != null && block.upper !== null, told);
  assert.ok(
    block.lower <= trueLimit + slack && block.upper >= trueLimit - slack,
    `${block.lower} to ${block.upper} around ${trueLimit}: ${told}`,
  );
  assert.ok((block.upper - block.lower) / block.upper <= 0.05 && block.regular, told);
}

describe("a search finds the rehearsal target's limit", { concurrency: 3, timeout: 120_000 }, () => {
  const cases: [name: string, fault: string, limitedBy: string, criterion: string, slack: number][] = [
    [
      "drops above it",
      `{ kind: limit.drop, above: ${limit}, ending: close, code: 1013 }`,
      "disconnects",
      "unexpected-closes",
      0,
    ],
    [
      "stops listening above it",
      `{ kind: limit.refuse, above: ${limit}, how: stop-listening }`,
      "target-refuses",
      "refused",
      2,
    ],
    ["answers 503 above it", `{ kind: limit.refuse, above: ${limit}, how: status }`, "target-refuses", "refused", 0],
    [behindTls, `{ kind: limit.refuse, above: ${limit}, how: status }`, "target-refuses", "refused", 0],
    ["runs out of descriptors above it", `{ kind: limit.fds, sockets: ${limit} }`, "target-descriptors", "refused", 1],
  ];
  for (const [name, fault, limitedBy, criterion, slack] of cases) {
    const skip =
      limitedBy === "target-descriptors" && !limitsItself
        ? "prlimit, by which the target limits itself, is not here"
        : false;
    it(`when it ${name}: limited by ${limitedBy}`, { skip }, async () => {
      const search = searchOf(name.replaceAll(" ", "-"), fault, {}, unjudged, name === behindTls);
      const report = await executeCapacity(search, "rehearsal", optionsFor());
      assertEncloses(report, limit, slack);
      const block = capacityOf(report);
      // Connects still in the kernel's queue when the listener closes are cut off before their upgrade instead of
      // refused.
      const expected = [limitedBy, ...(name.startsWith("stops listening") ? ["target-closes-early"] : [])];
      assert.ok(expected.includes(block?.limitedBy ?? ""), `${block?.limitedBy}: ${block?.evidence}`);
      assert.equal(block?.criterion, criterion);
      assert.equal(report.verdict, "pass");
      assert.equal(report.connections.planned, block?.lower, "the report shows the trial at the lower bound");
    });
  }
});

/**
 * How the host disturbed a search, null if it did not: saturated, generator unable to measure, or pushes late although
 * the script delays none.
 */
function spoiltBy(report: Report, busy: number): string | null {
  const { limitedBy, evidence, trials } = capacityOf(report)!;
  const early = trials.find(({ load, verdict }) => load <= limit && verdict !== "pass");
  if (early !== undefined)
    return `${early.load} connections, which are not delayed, were ${early.verdict}: p99 ${early.p99Ms} ms, ${early.evidence}`;
  if (limitedBy !== "host-cpu" && limitedBy !== "generator") return null;
  assert.ok(busy > 0.5, `the machine is called full, and was ${(busy * 100).toFixed(0)} % busy: ${evidence}`);
  return evidence;
}
const searchesAtMost = 3;

// Separately: concurrent searches would saturate the machine.
it("when it delays pushes above a load: limited by latency, at the load that the delay makes too late", {
  timeout: 180_000,
}, async (test) => {
  // 15 ms per connection above 300: 306 are delayed by 90 ms and pass, 307 by 105 ms and do not. Pushes count as late
  // after 500 ms here.
  const fault = `{ kind: limit.delay, above: ${limit}, msPerConnection: 15 }`;
  const search = { goals: ["p99<=100,loss<=0.1"], initialTrial: "2s", finalTrial: "2s", durationSum: "2s" };
  for (let searches = 1; ; searches++) {
    const before = readHostTimes();
    const report = await executeCapacity(
      searchOf("delays", fault, search, { interval: "1s" }),
      "rehearsal",
      optionsFor(),
    );
    const block = capacityOf(report)!;
    const spoilt = spoiltBy(
      report,
      (busyCores(before, readHostTimes(), availableParallelism()) ?? 0) / availableParallelism(),
    );
    if (spoilt !== null) {
      test.diagnostic(`search ${searches}: the host failed first: ${spoilt}`);
      if (searches < searchesAtMost) continue;
      return test.skip(`the host failed first in each of ${searches} searches: ${spoilt}`);
    }
    const told = `${block.lower} to ${block.upper}, ${block.limitedBy}: ${block.evidence}; ${block.trials.map(({ load, verdict, p99Ms }) => `${load} ${verdict} ${p99Ms}`).join("; ")}`;
    assert.deepEqual(
      [block.limitedBy, block.criterion, block.regular, report.verdict],
      ["latency", "push-p99", true, "pass"],
      told,
    );
    assert.ok(
      block.lower !== null &&
        block.lower >= 285 &&
        block.lower <= limit + 6 &&
        block.upper !== null &&
        block.upper > limit,
      told,
    );
    assert.ok((block.upper - block.lower) / block.upper <= 0.05, told);
    return;
  }
});
