/**
 * A capacity search through the command line whose target stops coming up: exit 4 with the bounds so far, and
 * `--resume` goes on.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Report } from "../report/model/report.ts";
import { capacityOf } from "../report/model/schema/capacity-block.ts";
import { startCommand, until } from "./testing/command-rig.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-resume-"));
after(() => rmSync(root, { recursive: true, force: true }));

const faults = join(root, "faults.yaml");
/** The target reads its script at each start, and does not start with a broken one. */
const write = (isBroken: boolean): void =>
  writeFileSync(
    faults,
    isBroken
      ? "faults: [{ kind: no.such.fault }]\n"
      : "seed: 1\nfaults:\n  - { kind: limit.drop, above: 40, ending: close }\n",
  );
const load = ["--minimum", "20", "--maximum", "60", "--width", "0.1", "--push-interval", "200ms"];
const timing = ["--initial-trial", "1s", "--final-trial", "1s", "--duration-sum", "1s", "--confirm", "0s"];

test("a search whose target does not come up again exits 4 with its bounds, and resumed it finds the limit", {
  timeout: 120_000,
}, async () => {
  write(false);
  const runs = join(root, "runs");
  const begun = startCommand(
    runs,
    "capacity",
    "--target",
    "rehearsal",
    "--faults",
    faults,
    ...load,
    ...timing,
    "--json",
  );
  await until(() => /^ {2}trial 1: /m.test(begun.stderr()), "the first trial");
  write(true);
  const broken = await begun.ended;
  const report: Report = JSON.parse(broken.stdout);
  const block = capacityOf(report)!;
  assert.deepEqual(
    [broken.code, report.state, report.verdict, report.reasons[0]?.code],
    [4, "finished", "fail", "target-not-started"],
  );
  assert.ok(block.lower !== null && block.lower >= 20 && block.lower <= 40, JSON.stringify(block.goals));
  assert.deepEqual(
    block.trials.slice(-3).map(({ notRun, limitedBy }) => [notRun, limitedBy]),
    Array.from({ length: 3 }, () => [true, "target-not-started"]),
  );

  const again = await startCommand(runs, "capacity", "--resume", report.run, "--json", "--quiet").ended;
  assert.equal(again.code, 4, "still broken: as many starts again, and the same end");
  assert.equal(capacityOf(JSON.parse(again.stdout))?.trials.length, block.trials.length + 3);

  write(false);
  const mended = await startCommand(runs, "capacity", "--resume", report.run, "--json", "--quiet").ended;
  const found = capacityOf(JSON.parse(mended.stdout))!;
  assert.deepEqual([mended.code, found.limitedBy, found.regular], [0, "disconnects", true]);
  assert.ok(
    found.lower !== null && found.lower <= 40 && found.upper !== null && found.upper > 40,
    JSON.stringify(found.goals),
  );
  assert.deepEqual(found.trials.slice(0, block.trials.length), block.trials, "no trial was repeated");
});
