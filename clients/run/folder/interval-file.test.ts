import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Tally } from "../../measure/tally.ts";
import { linesAtMost, type RetentionPolicy } from "../../plan/soak-retention.ts";
import type { Interval } from "../../report/model/interval.ts";
import { sampleIntervals } from "../../report/testing/sample-report.ts";
import { HlogFile } from "./hlog-file.ts";
import { IntervalFile } from "./interval-file.ts";
import { readIntervals } from "./run-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-intervals-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const policy: RetentionPolicy = { tiers: [{ everyMs: 1000, untilAgeMs: 60_000 }], restEveryMs: 10_000, restAtMost: 50 };
const [sample] = sampleIntervals(1);
const second = (index: number): Interval => ({ ...sample!, atMs: index * 1000, phase: "hold" });

test("an interval file stays bounded, keeps the last minute complete and accounts for every second", () => {
  const file = new IntervalFile(join(folder, "intervals.ndjson"), policy, 50);
  let largest = 0;
  for (let index = 1; index <= 2000; index++) {
    file.add(second(index));
    largest = Math.max(largest, file.sizeBytes);
  }
  file.close();
  const lines = readIntervals(folder) as (Interval & { merged?: number })[];
  assert.ok(lines.length <= linesAtMost(policy) + 50, `${lines.length} lines`);
  assert.ok(largest < 4 * (linesAtMost(policy) + 50) * JSON.stringify(sample).length);
  assert.equal(
    lines.reduce((sum, { merged }) => sum + (merged ?? 1), 0),
    2000,
  );
  assert.deepEqual(
    lines.slice(-50).map(({ atMs }) => atMs),
    Array.from({ length: 50 }, (_, index) => (1951 + index) * 1000),
  );
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith(".")),
    [],
  );
});

test("a latency log is split into a bounded number of files of bounded size, each readable on its own", () => {
  const log = new HlogFile(join(folder, "latency.hlog"), "2026-11-23T07:30:00.000Z", 2000);
  const total = new Tally();
  for (let index = 1; index <= 400; index++) {
    total.histogram("push").recordUs(1000 + index, 5);
    const copy = new Tally();
    copy.add(total);
    log.take(index * 10_000, copy);
  }
  log.close();
  const names = readdirSync(folder).filter((name) => name.endsWith(".hlog"));
  assert.equal(names.length, 8);
  for (const name of names) {
    const text = readFileSync(join(folder, name), "utf8");
    assert.match(text, /^#\[Histogram log format version 1\.3\]\n/);
    assert.ok(text.length < 4000, `${name}: ${text.length}`);
  }
});
