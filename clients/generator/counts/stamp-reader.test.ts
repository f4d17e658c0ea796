import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StampReader } from "./stamp-reader.ts";

/** CLOCK_REALTIME is 1,700,000,000.25 s ahead of CLOCK_MONOTONIC. */
const offset = { seconds: 1_700_000_000, nanoseconds: 250_000_000 };

function dueOf(stamp: string, message: string | Buffer, targetClockOffsetNs = 0, isText = false): number | string {
  const reader = new StampReader(stamp, targetClockOffsetNs);
  reader.offset = offset;
  const bytes = Buffer.concat([Buffer.from("..."), Buffer.from(message), Buffer.from("..")]);
  const verdict = reader.read(bytes, 3, bytes.length - 2, isText);
  return verdict === "stamped" ? reader.dueNs : verdict;
}

const u64 = (value: bigint, before = 0): Buffer => {
  const bytes = Buffer.alloc(before + 8);
  bytes.writeBigUInt64BE(value, before);
  return bytes;
};

describe("a stamp", () => {
  it("is converted to our clock from its unit and clock", () => {
    assert.equal(dueOf("json:t,s", '{"t":1700000012.5}'), 12.25e9);
    assert.equal(dueOf("json:a.t,ms", '{"a":{"t":1700000012500}}'), 12.25e9);
    assert.equal(dueOf("json:t,ns", '{"t":"1700000012500000001"}'), 12.25e9 + 1);
    assert.equal(dueOf("json:t", '{"t":"2023-11-14T22:13:32.500Z"}'), 12.25e9);
    assert.equal(dueOf("json:t,us,monotonic", '{"t":12250000}', 250e6), 12e9);
    assert.equal(dueOf("binary:4,u64be,ns,monotonic", u64(12_250_000_000n, 4)), 12.25e9);
    assert.equal(dueOf("binary:0,u64be,us", u64(1_700_000_012_500_000n)), 12.25e9);
  });

  it("is read from a date text with nanosecond precision", () => {
    assert.equal(dueOf("json:t", '{"t":"2023-11-14T22:13:32.500000001Z"}'), 12.25e9 + 1);
  });

  it("is not a bare date, an empty text, or binary in a text message", () => {
    for (const message of ['{"t":"evt 12"}', '{"t":""}', '{"t":"2023-11-14T22:13:32"}', '{"t":"0x10"}'])
      assert.equal(dueOf("json:t", message), "foreign");
    const digits = u64(1_700_000_012_500_000n);
    assert.equal(dueOf("binary:0,u64be,us", digits), 12.25e9);
    assert.equal(dueOf("binary:0,u64be,us", digits, 0, true), "foreign");
  });

  it("is found after a prefix, in a list, before a separator, and by a pattern in any text", () => {
    assert.equal(dueOf("json:1.t", '42["say",{"t":1700000012500}]'), 12.25e9);
    assert.equal(dueOf("json:t", '{"t":1700000012500}\u001e'), 12.25e9);
    assert.equal(dueOf("text:at=([0-9]+)", "price 5 at=1700000012500 eur"), 12.25e9);
    assert.equal(dueOf("text:at=(?<us>[0-9]+)", "at=1700000012500000"), 12.25e9);
    assert.equal(dueOf("text:^([0-9TZ:.-]+) ", "2023-11-14T22:13:32.500Z hello"), 12.25e9);
    assert.equal(dueOf("text:at=([0-9]+)", "no instant"), "foreign");
  });

  it("that is missing makes the message foreign, not an error", () => {
    for (const message of ["", "no json", "[]", "null", '{"t":null}', '{"t":"soon"}', '{"other":1}'])
      assert.equal(dueOf("json:t", message), "foreign");
    assert.equal(dueOf("binary:4,u64be", u64(1n)), "foreign");
    assert.equal(dueOf("none", "anything"), "foreign");
  });
});
