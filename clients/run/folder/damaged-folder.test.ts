import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { sampleReport } from "../../report/testing/sample-report.ts";
import { appendToFile, makeFolder, ownerOnly, readJson, replaceFile } from "./plain-file.ts";
import { listRuns, readIntervals, readReport } from "./run-folder.ts";

const run = "20260101-000000-connections-go-0001";
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-damage-"));
  mkdirSync(join(folder, run));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const whole = (): Record<string, unknown> => ({ ...sampleReport({ run }) });
const timing = (change: object): object => ({ ...whole(), timing: { ...(whole().timing as object), ...change } });

/** Each leaves something at the path of a report. */
const damages: Record<string, (path: string) => void> = {
  "nothing in it": (path) => writeFileSync(path, ""),
  "cut short": (path) => writeFileSync(path, JSON.stringify(whole()).slice(0, 500)),
  null: (path) => writeFileSync(path, "null"),
  "no fields": (path) => writeFileSync(path, "{}"),
  "a list": (path) => writeFileSync(path, "[1]"),
  "too few fields": (path) => writeFileSync(path, '{"run":"x"}'),
  "a wrong type": (path) => writeFileSync(path, JSON.stringify({ ...whole(), connections: "many" })),
  "reasons that are none": (path) => writeFileSync(path, JSON.stringify({ ...whole(), reasons: [null] })),
  "no date": (path) => writeFileSync(path, JSON.stringify(timing({ startedAt: "NaN" }))),
  "bytes that are no text": (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0, 1])),
  "nested without end": (path) => writeFileSync(path, "[".repeat(100_000) + "]".repeat(100_000)),
  "a folder": (path) => mkdirSync(path),
  "a link to nowhere": (path) => symlinkSync("/nowhere/at/all", path),
  "a link to itself": (path) => symlinkSync(path, path),
  "a link to a device": (path) => symlinkSync("/dev/zero", path),
  "a pipe nobody writes to": (path) => void spawnSync("/usr/bin/mkfifo", [path]),
  "larger than any report": (path) => {
    writeFileSync(path, "{");
    truncateSync(path, 3 * 2 ** 30);
  },
};

describe("a run whose report is damaged", () => {
  for (const [name, damage] of Object.entries(damages))
    it(`is treated as missing: ${name}`, () => {
      damage(join(folder, run, "report.json"));
      assert.equal(readReport(folder, run), null);
      assert.deepEqual(listRuns(folder), [run]);
    });

  it("is distinguished from a valid one", () => {
    writeFileSync(join(folder, run, "report.json"), JSON.stringify(whole()));
    assert.equal(readReport(folder, run)?.run, run);
  });

  it("loses only the damaged seconds", () => {
    writeFileSync(join(folder, run, "intervals.ndjson"), '{"atMs":1}\n{"atMs":2,"cut\nnull\n3\n{"atMs":4}\n');
    assert.deepEqual(
      readIntervals(join(folder, run)).map(({ atMs }) => atMs),
      [1, 4],
    );
  });
});

describe("a runs folder", () => {
  it("lists only folders, and none where it is unreadable", () => {
    writeFileSync(join(folder, "20260101-000001-x-0001"), "a file");
    symlinkSync("/", join(folder, "20260101-000002-x-0001"));
    assert.deepEqual(listRuns(folder), [run]);
    assert.deepEqual(listRuns(join(folder, "nothing")), []);
    assert.deepEqual(listRuns(join(folder, "20260101-000001-x-0001")), []);
  });

  it("is written without following a link out of it", () => {
    const victim = join(folder, "victim");
    writeFileSync(victim, "untouched");
    const path = join(folder, run, "report.json");
    symlinkSync(victim, path);
    symlinkSync(victim, join(folder, run, ".report.json.tmp"));
    replaceFile(path, '{"a":1}', ownerOnly);
    assert.deepEqual(readJson(path), { a: 1 });
    assert.equal(statSync(path).mode & 0o777, ownerOnly);
    symlinkSync(victim, join(folder, run, "events.ndjson"));
    assert.throws(() => appendToFile(join(folder, run, "events.ndjson"), "x"), /ELOOP/);
    symlinkSync(folder, join(folder, "linked"));
    assert.throws(() => makeFolder(join(folder, "linked")), /a symbolic link/);
    assert.equal(readFileSync(victim, "utf8"), "untouched");
  });

  it("keeps the previous file when one cannot be replaced", () => {
    const path = join(folder, run, "report.json");
    mkdirSync(path);
    assert.throws(() => replaceFile(path, "x"), /EISDIR|ENOTEMPTY|EEXIST/);
    assert.ok(statSync(path).isDirectory());
  });
});
