import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { DataFileError, readDataFile } from "./data-file.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-data-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe("a data file", () => {
  it("is CSV with quotes, embedded line breaks, a byte order mark and CR LF", () => {
    const path = file("a.csv", '\ufeffuser,token,unused\r\nann,"a ""b""",1\r\nbob,"two\nlines",2\r\n');
    const { columns, rows, count } = readDataFile(path, new Set(["token", "user"]));
    assert.deepEqual(columns, ["user", "token", "unused"]);
    assert.equal(count, 2);
    assert.deepEqual(rows.columns, ["user", "token"]);
    assert.deepEqual([rows.text(0, 1), rows.text(1, 1), rows.text(1, 0)], ['a "b"', "two\nlines", "bob"]);
  });

  it("is NDJSON by its name, with numbers and objects as their text", () => {
    const path = file("a.ndjson", '{"token":"t1","n":5}\n\n{"n":{"a":1},"token":"t2"}');
    const { rows, count } = readDataFile(path, new Set(["token", "n"]));
    assert.deepEqual([count, rows.text(0, 1), rows.text(1, 1), rows.text(1, 0)], [2, "5", '{"a":1}', "t2"]);
  });

  const wrong: [string, string, RegExp][] = [
    ["short.csv", "a,b\n1,2\nSECRET\n", /as many values as the header line.* in line 3/],
    ["open.csv", 'a\n"SECRET\n', /closing quotation mark/],
    ["twice.csv", "a,a\n1,2\n", /"a" occurs twice/],
    ["empty.csv", "", /the file is empty/],
    ["bad.jsonl", '{"token":"x"}\n{SECRET', /line 2/],
    ["list.jsonl", "[1]", /line 1/],
    ["missing.jsonl", '{"token":"x"}\n{"other":1}', /number 2 has none/],
  ];
  for (const [name, text, sentence] of wrong) {
    it(`is rejected with the position but without a value: ${name}`, () => {
      assert.throws(
        () => readDataFile(file(name, text), new Set(["a", "token"])),
        (error: Error) =>
          error instanceof DataFileError && sentence.test(error.message) && !error.message.includes("SECRET"),
      );
    });
  }

  it("is requested by its path when missing", () =>
    assert.throws(() => readDataFile(join(folder, "none.csv"), new Set()), /there is none at/));

  it("takes its bytes plus four per value", () => {
    const path = file("many.csv", `token\n${Array.from({ length: 20_000 }, (_, i) => `token-${i}`).join("\n")}\n`);
    const { rows } = readDataFile(path, new Set(["token"]));
    assert.equal(rows.text(19_999, 0), "token-19999");
    assert.equal(
      rows.bytes.byteLength,
      Array.from({ length: 20_000 }, (_, i) => `token-${i}`.length).reduce((sum, n) => sum + n),
    );
  });
});
