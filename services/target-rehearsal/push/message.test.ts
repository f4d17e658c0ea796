import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readPush } from "../testing/rig.ts";
import { frameMessage, stamp, webSocketHeader } from "./framing.ts";
import { corrupt, encodeMessage, writeNs } from "./message.ts";
import { fragmented } from "./push-writer.ts";

const push = { tick: 0x0102_0304, dueNs: 0x1122_3344_5566_7788n, group: 0xdead_beef, clock: 1 } as const;
const layout = "48460101" + "01020304" + "1122334455667788" + "0000000000000000" + "deadbeef";

describe("a push message", () => {
  it("has the bytes of the contract", () => {
    const message = encodeMessage(push, 36);
    const check = (0x0102_0304 ^ 0x1122_3344 ^ 0x5566_7788 ^ 0xdead_beef ^ 0x4846_0100 ^ 1) >>> 0;
    assert.equal(message.toString("hex"), `${layout}${check.toString(16).padStart(8, "0")}00000000`);
    assert(readPush(message).holds);
  });

  it("is stamped identically from numbers and from BigInts", () => {
    const [one, other] = [Buffer.alloc(8), Buffer.alloc(8)];
    for (const ns of [0, 1, 0xffff_ffff, 0x1_0000_0000, 2 ** 53 - 1]) {
      writeNs(one, ns, 0);
      writeNs(other, BigInt(ns), 0);
      assert.deepEqual(one, other);
    }
  });

  it("fails its check whichever bit of the corruptible bytes is flipped", () => {
    for (let choice = 0; choice < 160; choice++) {
      const message = encodeMessage(push, 32);
      corrupt(message, choice);
      const read = readPush(message);
      assert(read.isMarked && !read.holds);
    }
  });
});

describe("a frame", () => {
  it("of server-sent events is stamped in place as if encoded after stamping", () => {
    const message = encodeMessage(push, 100);
    const frame = frameMessage("sse", message, true);
    stamp(frame, 123_456_789_012);
    writeNs(message, 123_456_789_012, 16);
    const event = `data: ${message.toString("base64url")}\n\n`;
    assert.equal(frame.bytes.toString(), `${event.length.toString(16)}\r\n${event}\r\n`);
  });

  it("of raw TCP is a length and the message", () => {
    const frame = frameMessage("tcp", encodeMessage(push, 32), true);
    assert.equal(frame.bytes.readUInt32BE(0), 32);
    assert.equal(frame.bytes.length, 36);
  });

  it("of WebSocket has the shortest length field", () => {
    assert.equal(webSocketHeader(0x82, 125).toString("hex"), "827d");
    assert.equal(webSocketHeader(0x82, 126).toString("hex"), "827e007e");
    assert.equal(webSocketHeader(0x82, 65_536).toString("hex"), "827f0000000000010000");
  });

  it("that is not stamped stays unchanged", () => {
    const frame = frameMessage("websocket", encodeMessage(push, 32), false);
    const before = frame.bytes.toString("hex");
    stamp(frame, 5);
    assert.equal(frame.bytes.toString("hex"), before);
  });

  it("in fragments has a ping between each two", () => {
    assert.equal(fragmented(Buffer.from("abcd"), 3).toString("hex"), `020161${"8900"}000162${"8900"}80026364`);
  });
});
