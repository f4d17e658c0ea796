import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { trialRun } from "../testing/run-rig.ts";
import { type SecondSoFar, stopRuleOf } from "./early-stop.ts";

const second = (atMs: number, measured: number | null, ok: boolean): SecondSoFar => ({
  atMs,
  limits: [{ limit: "refusedRatio", atMost: 0.01, measured, ok }],
  connections: { planned: 10, attempted: 10, open: 0, refused: 0, closedUnexpectedly: 0 },
});

const folder = mkdtempSync(join(tmpdir(), "holdfast-stop-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const faults = join(folder, "refuses.yaml");
writeFileSync(faults, "faults:\n  - { kind: limit.refuse, above: 50, how: status }\n");

describe("a limit that ends the run", { timeout: 60_000 }, () => {
  it("is requested by its text alone", () => {
    assert.equal(stopRuleOf(undefined), null);
    assert.equal(stopRuleOf(["refusedRatio <= 0.01"]), null);
  });

  it("triggers when it is missed, not before it was measured, and not before its time", () => {
    const rule = stopRuleOf(["refusedRatio <= 0.01 abort after 5s"])!;
    assert.equal(rule(second(6000, 0.01, true)), null);
    assert.equal(rule(second(6000, null, false)), null);
    assert.equal(rule(second(4999, 0.5, false)), null);
    assert.match(rule(second(5000, 0.5, false))?.text ?? "", /refusedRatio was 0.5, expected at most 0.01/);
  });

  it("ends it during the ramp: unattempted connections are explained, counts add up, the run fails", async () => {
    const limits = [{ limit: "refusedRatio <= 0.1", abort: true }];
    const { report } = await trialRun({
      target: "rehearsal",
      faults,
      connections: 2000,
      rampPerSecond: 50,
      hold: "60s",
      limits,
    });
    const { planned, opened, refused, notAttempted } = report.connections;
    assert.equal(planned, opened + refused + notAttempted);
    assert(notAttempted > 1000, `${notAttempted} of 2,000 were left`);
    assert.deepEqual([report.state, report.stoppedEarly?.limit], ["finished", "refusedRatio"]);
    assert(report.reasons.some(({ code }) => code === "stopped-early"));
    assert(!report.reasons.some(({ code }) => code === "load-not-applied"), JSON.stringify(report.reasons));
    assert.equal(report.verdict, "fail");
    assert.deepEqual([opened, report.connections.byCode["upgrade-rejected:503"]], [50, refused]);
  });
});
