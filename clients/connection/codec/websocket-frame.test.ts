import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeFrame, opcode } from "./websocket-frame.ts";

test("every frame has a new mask, encoded as in RFC 6455", () => {
  const payload = Buffer.from("what is said");
  const masks = new Set<string>();
  const frames = 5000;
  for (let i = 0; i < frames; i++) {
    const frame = encodeFrame(opcode.text, payload);
    assert.deepEqual([...frame.subarray(0, 2)], [0x81, 0x80 | payload.length]);
    const mask = frame.subarray(2, 6);
    assert.deepEqual(
      frame.subarray(6).map((byte, at) => byte ^ mask[at & 3]!),
      payload,
    );
    masks.add(mask.toString("hex"));
  }
  // Of 5,000 draws of 32 bits three are alike once in 20 million times.
  assert(masks.size >= frames - 2, `${masks.size} masks`);
});

test("a given mask is used, and lengths are encoded in the shortest form", () => {
  const mask = Uint8Array.of(1, 2, 3, 4);
  assert.deepEqual([...encodeFrame(opcode.binary, Uint8Array.of(0, 0), mask)], [0x82, 0x82, 1, 2, 3, 4, 1, 2]);
  assert.equal(encodeFrame(opcode.binary, new Uint8Array(125), mask)[1], 0x80 | 125);
  assert.deepEqual([...encodeFrame(opcode.binary, new Uint8Array(126), mask).subarray(1, 4)], [0x80 | 126, 0, 126]);
  assert.deepEqual(
    [...encodeFrame(opcode.binary, new Uint8Array(65_536), mask).subarray(1, 10)],
    [0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0],
  );
});
