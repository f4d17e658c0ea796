import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { LogLines, roomForLine } from "../../plan/log-lines.ts";
import { PreflightRefused } from "../prepare/plan-check.ts";
import { writeLogFile } from "./log-file.ts";

/** 45 MB: several buffers, and a flush while further lines are generated. */
const plan = { lines: 90_000, bytesPerLine: 500, uniqueUsers: 617, badLines: 5, seed: 3 };

describe("the log file", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-log-"));
  after(() => rmSync(folder, { recursive: true }));

  it("contains exactly the generated lines, with any buffer size", async () => {
    const path = join(folder, "whole.ndjson");
    const { truth, elapsedMs } = await writeLogFile(path, plan);
    const expected = createHash("sha256");
    const lines = new LogLines(plan);
    const buffer = Buffer.alloc(roomForLine(plan.bytesPerLine) + 12_345);
    for (let length = lines.fill(buffer); length > 0; length = lines.fill(buffer))
      expected.update(buffer.subarray(0, length));
    const file = readFileSync(path);
    assert.equal(createHash("sha256").update(file).digest("hex"), expected.digest("hex"));
    assert.deepEqual(truth, lines.truth);
    assert.equal(truth.bytes, file.length);
    assert.ok(elapsedMs > 0);
  });

  it("is removed when writing was stopped", async () => {
    const path = join(folder, "stopped.ndjson");
    const stop = new AbortController();
    const writing = writeLogFile(path, { ...plan, lines: 1_000_000 }, stop.signal);
    setImmediate(() => stop.abort());
    await assert.rejects(writing, { name: "AbortError" });
    assert.ok(!existsSync(path));
  });

  it("is refused when the disk has no room for it", async () => {
    await assert.rejects(writeLogFile(join(folder, "big.ndjson"), { ...plan, lines: 1e15 }), PreflightRefused);
  });
});
