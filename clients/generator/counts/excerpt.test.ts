import assert from "node:assert/strict";
import { test } from "node:test";
import { excerptOf } from "./excerpt.ts";

const excerpt = (message: string | Buffer, isText = false): string => {
  const bytes = Buffer.concat([Buffer.from("<<"), Buffer.from(message), Buffer.from(">>")]);
  return excerptOf(bytes, 2, bytes.length - 2, isText);
};

test("a message is shown as one printable line, shortened", () => {
  assert.equal(excerpt('{"sentAt":1}'), '{"sentAt":1}');
  assert.equal(excerpt("a\r\nb\u001b[31mc\u202ed", true), "a b [31mc d");
  assert.equal(excerpt("é".repeat(200)), `${"é".repeat(80)}...`);
  assert.equal(excerpt(Buffer.from([0, 255, 1])), "3 bytes 00ff01");
  assert.equal(excerpt(Buffer.alloc(100)), `100 bytes ${"00".repeat(32)}...`);
  assert.equal(excerpt(""), "");
});
