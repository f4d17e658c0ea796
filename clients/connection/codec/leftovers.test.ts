import assert from "node:assert/strict";
import { test } from "node:test";
import { Leftovers } from "./leftovers.ts";

test("a slot's leftover is returned once the needed bytes are present, not before", () => {
  const leftovers = new Leftovers();
  leftovers.keep(3, Buffer.from("xxabc"), 2, 5, 6);
  assert.equal(leftovers.has(3), true);
  assert.equal(leftovers.append(3, Buffer.from("de"), 2), null);
  assert.equal(leftovers.append(3, Buffer.from("fgh-"), 3)?.toString(), "abcdefgh");
  leftovers.delete(3);
  assert.equal(leftovers.has(3), false);
});

test("keeping nothing clears the slot", () => {
  const leftovers = new Leftovers();
  leftovers.keep(1, Buffer.from("abc"), 1, 3, 9);
  leftovers.keep(1, Buffer.from("abc"), 3, 3, 1);
  assert.equal(leftovers.has(1), false);
});

test("kept bytes are a copy, because the buffer is reused", () => {
  const leftovers = new Leftovers();
  const buffer = Buffer.from("abc");
  leftovers.keep(0, buffer, 0, 3, 4);
  buffer.fill("z");
  assert.equal(leftovers.append(0, Buffer.from("d"), 1)?.toString(), "abcd");
});

test("a leftover grows to any length", () => {
  const leftovers = new Leftovers();
  const piece = Buffer.alloc(1000, "p");
  leftovers.keep(0, piece, 0, 1000, 500_000);
  let whole: Buffer | null = null;
  for (let i = 1; i < 500; i++) whole = leftovers.append(0, piece, 1000);
  assert.equal(whole?.length, 500_000);
  assert.ok(whole?.every((byte) => byte === "p".charCodeAt(0)));
});
