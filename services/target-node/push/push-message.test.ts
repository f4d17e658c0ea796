import assert from "node:assert/strict";
import { test } from "node:test";
import { putHead, putWritten } from "./push-message.ts";

test("a push is encoded byte for byte as in the contract", () => {
  const message = Buffer.alloc(40);
  // 0x0011121316171800 and 0x0001222326272800 are instants a double holds exactly.
  putHead(message, 2 ** 32 + 0x01020304, 0x00111213_16171800, 0x31323334);
  putWritten(message, 0x00012223_26272800);
  const check = (0x01020304 ^ 0x00111213 ^ 0x16171800 ^ 0x31323334 ^ 0x48460100 ^ 1) >>> 0;
  const expected = `48460101 01020304 00111213 16171800 00012223 26272800 31323334 ${check.toString(16).padStart(8, "0")} 0000000000000000`;
  assert.equal(message.toString("hex"), expected.replaceAll(" ", ""));
});

test("the check does not cover the written stamp, and a head is unstamped", () => {
  const stamped = Buffer.alloc(32);
  const unstamped = Buffer.alloc(32);
  putHead(stamped, 7, 8, 10);
  putWritten(stamped, 9);
  putHead(unstamped, 7, 8, 10);
  assert.deepEqual(stamped.subarray(24), unstamped.subarray(24));
  assert.equal(unstamped.readBigUInt64BE(16), 0n);
  assert.equal(stamped.readBigUInt64BE(16), 9n);
});

test("groups and ticks with the highest bit set stay unsigned", () => {
  const message = Buffer.alloc(32);
  putHead(message, 0xffff_ffff, 1, 0xffff_fffe);
  assert.equal(message.readUInt32BE(4), 0xffff_ffff);
  assert.equal(message.readUInt32BE(24), 0xffff_fffe);
  assert.equal(message.readUInt32BE(28), (0xffff_ffff ^ 1 ^ 0xffff_fffe ^ 0x48460101) >>> 0);
});
