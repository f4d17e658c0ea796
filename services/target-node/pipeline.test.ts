import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { LogTally, readLines, runPipeline } from "./pipeline.ts";

const folder = mkdtempSync(join(tmpdir(), "target-node-"));
after(() => rmSync(folder, { recursive: true }));

const goodLine =
  '{"ts":"2024-01-01T00:00:00Z","user_id":"u1","event":"click","status":200,"latency_ms":1.5,"tags":["a"],"extra":{"user_id":"no"}}';
const otherLine = goodLine.replace("u1", "ü2").replace("click", "view");
const badLines = [
  "",
  "null",
  "[]",
  "7",
  '"text"',
  "{",
  `${goodLine}x`,
  '{"event":"click","status":200,"latency_ms":1}',
  '{"user_id":"u","status":200,"latency_ms":1}',
  '{"user_id":"u","event":"click","latency_ms":1}',
  '{"user_id":"u","event":"click","status":200}',
  '{"user_id":7,"event":"click","status":200,"latency_ms":1}',
  '{"user_id":null,"event":"click","status":200,"latency_ms":1}',
  '{"user_id":"u","event":{},"status":200,"latency_ms":1}',
  '{"user_id":"u","event":"click","status":"200","latency_ms":1}',
  '{"user_id":"u","event":"click","status":200,"latency_ms":true}',
];

function fileOf(text: string): string {
  const path = join(folder, "log.ndjson");
  writeFileSync(path, text);
  return path;
}

test("bad lines are counted, the first one's number is kept, and the rest is processed", () => {
  for (const [ending, sizeBytes] of [
    ["", 1 << 20],
    ["\n", 7],
  ] as const) {
    const text = [goodLine, otherLine, goodLine, ...badLines, otherLine].join("\n") + ending;
    const tally = new LogTally();
    const bytes = readLines(fileOf(text), (line) => tally.add(line), sizeBytes);
    assert.deepEqual(tally.account(bytes, 1), {
      lines: 4 + badLines.length,
      uniqueUsers: 2,
      bytes: Buffer.byteLength(text),
      events: { click: 2, view: 2 },
      bad: badLines.length,
      firstBadLine: 4,
      parseMs: 1,
    });
    assert.equal(tally.latencySumMs, 6);
  }
});

test("lines with invalid UTF-8 are bad, and their neighbours are not", () => {
  const path = join(folder, "latin.ndjson");
  const latin = Buffer.from(goodLine.replace("u1", "\u00ff"), "latin1");
  writeFileSync(path, Buffer.concat([Buffer.from(`${goodLine}\n`), latin, Buffer.from(`\n${otherLine}\n`), latin]));
  for (const sizeBytes of [7, 1 << 20]) {
    const tally = new LogTally();
    readLines(path, (line) => tally.add(line), sizeBytes);
    const { lines, uniqueUsers, bad, firstBadLine } = tally.account(0, 0);
    assert.deepEqual([lines, uniqueUsers, bad, firstBadLine], [4, 2, 2, 2]);
  }
});

test("the command prints one line of JSON", () => {
  const printed: string[] = [];
  const path = fileOf(`${goodLine}\n${goodLine}\n`);
  assert.equal(runPipeline([path], { write: (text) => printed.push(text) }, { write: assert.fail }), 0);
  assert.match(printed.join(""), /^[^\n]+\n$/);
  const { parseMs, ...account } = JSON.parse(printed.join(""));
  assert.equal(typeof parseMs, "number");
  assert.deepEqual(account, {
    lines: 2,
    uniqueUsers: 1,
    bytes: 2 * goodLine.length + 2,
    events: { click: 2 },
    bad: 0,
    firstBadLine: null,
  });
});

test("without its file the command reports it on stderr only", () => {
  const said: string[] = [];
  const stderr = { write: (text: string) => said.push(text) };
  assert.equal(runPipeline([join(folder, "none")], { write: assert.fail }, stderr), 1);
  assert.match(said.join(""), /ENOENT/);
  assert.equal(runPipeline([], { write: assert.fail }, stderr), 2);
});
