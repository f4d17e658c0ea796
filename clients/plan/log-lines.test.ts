import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { badLineNumbers, LogLines, type LogPlan, type LogTruth, roomForLine } from "./log-lines.ts";

/** The whole log as text, written through buffers of a given size, with the contents its writer reports. */
function write(plan: LogPlan, sizeBytes = 1 << 20): { text: string; truth: LogTruth } {
  const log = new LogLines(plan);
  const buffer = Buffer.alloc(Math.max(sizeBytes, roomForLine(plan.bytesPerLine)));
  const parts: Buffer[] = [];
  for (let length = log.fill(buffer); length > 0; length = log.fill(buffer))
    parts.push(Buffer.from(buffer.subarray(0, length)));
  return { text: Buffer.concat(parts).toString("utf8"), truth: log.truth };
}

/** Contents of a log, counted without any of our own code. */
function count(text: string): LogTruth {
  const lines = text.split("\n");
  assert.equal(lines.pop(), "", "the last line ends");
  const users = new Set<string>();
  const events: Record<string, number> = {};
  const bad: number[] = [];
  for (const [index, line] of lines.entries()) {
    try {
      const { user_id, event, status, latency_ms } = JSON.parse(line);
      if (
        typeof user_id !== "string" ||
        typeof event !== "string" ||
        typeof status !== "number" ||
        typeof latency_ms !== "number"
      )
        throw new Error();
      users.add(user_id);
      events[event] = (events[event] ?? 0) + 1;
    } catch {
      bad.push(index + 1);
    }
  }
  return {
    lines: lines.length,
    uniqueUsers: users.size,
    events,
    bad: bad.length,
    firstBadLine: bad[0] ?? null,
    bytes: Buffer.byteLength(text),
  };
}

const plan = { lines: 5000, bytesPerLine: 500, uniqueUsers: 617, badLines: 0, seed: 7 };

describe("a generated log", () => {
  it("contains exactly what its writer reports, by an independent count", () => {
    for (const badLines of [0, 1, 13]) {
      const { text, truth } = write({ ...plan, badLines });
      assert.deepEqual(truth, count(text));
      assert.equal(truth.uniqueUsers, 617);
      assert.equal(truth.bad, badLines);
    }
  });

  it("contains exactly the requested users and bad lines, for any small log", () => {
    const shapes = fc
      .record({
        lines: fc.integer({ min: 1, max: 300 }),
        bad: fc.integer({ min: 0, max: 300 }),
        users: fc.integer({ min: 1, max: 300 }),
        seed: fc.nat(),
      })
      .filter(({ lines, bad, users }) => bad <= lines && users <= lines - bad);
    const check = ({ lines, bad, users, seed }: { lines: number; bad: number; users: number; seed: number }): void => {
      const { text, truth } = write({ lines, bytesPerLine: 400, uniqueUsers: users, badLines: bad, seed });
      assert.deepEqual(truth, count(text));
      assert.deepEqual([truth.lines, truth.uniqueUsers, truth.bad], [lines, users, bad]);
    };
    fc.assert(fc.property(shapes, check), { numRuns: 200 });
  });

  it("has its bad lines where badLineNumbers says", () => {
    const { text } = write({ ...plan, lines: 100, uniqueUsers: 9, badLines: 7 });
    const lines = text.split("\n");
    const numbers = [...badLineNumbers({ lines: 100, badLines: 7 })];
    assert.equal(numbers.length, 7);
    for (const number of numbers) {
      const line = lines[number - 1] ?? "";
      assert.ok(!line.startsWith('{"ts"') || !/"user_id".*"status":\d/.test(line), `line ${number} is bad: ${line}`);
    }
  });

  it("has lines of varied length with the requested mean, within 2 %", () => {
    for (const bytesPerLine of [384, 500, 2000, 32_768]) {
      const { text, truth } = write({ ...plan, lines: 3000, bytesPerLine });
      const mean = truth.bytes / truth.lines;
      assert.ok(Math.abs(mean / bytesPerLine - 1) < 0.02, `asked ${bytesPerLine}, got ${mean}`);
      const lengths = new Set(text.split("\n").map((line) => line.length));
      assert.ok(lengths.size > 20, "lengths vary");
    }
  });

  it("is byte-identical for the same seed with any buffer size, and different for another seed", () => {
    const { text } = write(plan, 0);
    assert.equal(write(plan, 1 << 22).text, text);
    assert.notEqual(write({ ...plan, seed: 8 }).text, text);
  });

  it("occasionally spells users with escapes, and contains letters and escapes that break naive parsers", () => {
    const { text } = write(plan);
    assert.match(text, /"user_id":"\\u0075-/);
    assert.match(text, /café_visit/);
    for (const trap of ["\\u4e2d", "\\ud83d\\ude80", '\\"', "\\\\", "\\t", "🙂", "例え"])
      assert.ok(text.includes(trap), `has ${trap}`);
  });

  it("has the contract's fields in every good line", () => {
    const [line = ""] = write(plan).text.split("\n");
    const names = [
      "ts",
      "user_id",
      "event",
      "path",
      "status",
      "latency_ms",
      "ip",
      "agent",
      "session",
      "referrer",
      "tags",
      "extra",
    ];
    assert.deepEqual(Object.keys(JSON.parse(line)), names);
    assert.match(JSON.parse(line).ts, /^2026-01-01T00:00:\d\d\.\d{3}Z$/);
  });
});
