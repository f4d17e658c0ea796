import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SequenceReader } from "./sequence-reader.ts";

function read(
  message: string | Buffer,
  sequence: string,
  channel?: string,
  isText = typeof message === "string",
): number | [number, string] {
  const reader = new SequenceReader(sequence, channel);
  const bytes = Buffer.concat([Buffer.from("##"), Buffer.from(message), Buffer.from("##")]);
  const number = reader.read(bytes, 2, bytes.length - 2, isText);
  return channel === undefined ? number : [number, reader.channel];
}

describe("a message's number", () => {
  it("is an integer wherever the scenario locates it, including digits in text", () => {
    assert.equal(read('42["news",{"offset":7}]', "json:1.offset"), 7);
    assert.equal(read('{"offset":"9007199254740991"}', "json:offset"), 9_007_199_254_740_991);
    assert.equal(read("id: 12\ndata: x", "text:id: (?<sequence>[0-9]+)"), 12);
    assert.equal(read(Buffer.from([0, 0, 0, 1, 0, 0, 1, 0]), "binary:4,u32be"), 256);
  });

  it("is absent where there is none, or when it is not exact", () => {
    for (const text of [
      "",
      "hello",
      '{"offset":-1}',
      '{"offset":1.5}',
      '{"offset":null}',
      '{"offset":"x"}',
      '{"offset":"9007199254740993"}',
      '{"o":1}',
      "[]",
    ])
      assert.equal(read(text, "json:offset"), -1, text);
    // A text holds no binary number.
    assert.equal(read("12345678", "binary:0,u32be"), -1);
    assert.equal(read(Buffer.from([1]), "binary:0,u32be"), -1);
  });

  it("belongs to a channel where channels are numbered, and is absent without one", () => {
    assert.deepEqual(read('{"ch":"news","n":3}', "json:n", "json:ch"), [3, "news"]);
    assert.deepEqual(read('{"ch":5,"n":3}', "json:n", "json:ch"), [3, "5"]);
    assert.deepEqual(read('{"n":3}', "json:n", "json:ch"), [-1, ""]);
  });

  it("must have a valid location", () => {
    for (const place of ["json:", "json:a,ms", "binary:4", "binary:x,u32be", "text:(", "text:abc", "offset"])
      assert.throws(() => new SequenceReader(place, undefined), /expected/, place);
  });
});
