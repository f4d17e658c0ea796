import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sampleVariant } from "../../report/testing/sample-pipeline.ts";
import { variantNotes } from "./variant-notes.ts";

const codes = (...asked: Parameters<typeof sampleVariant>): string[] =>
  variantNotes(sampleVariant(...asked)).map(({ code }) => code);

describe("the notes on a variant", () => {
  it("are empty for a steady one that had a processor", () => assert.deepEqual(codes("a", 800), []));
  it("mention one that waited for a processor", () =>
    assert.deepEqual(codes("a", 800, { cpuSeconds: 0.4 }), ["waited"]));
  it("mention uneven runs", () =>
    assert.deepEqual(codes("a", 800, { ms: { median: 800, min: 600, max: 900 } }), ["uneven"]));
  it("ignore short runs, which vary naturally", () =>
    assert.deepEqual(codes("a", 40, { cpuSeconds: 0.01, ms: { median: 40, min: 10, max: 90 } }), []));
  it("mention sampled figures and unavailability", () => {
    assert.deepEqual(codes("a", 800, { account: "sampled" }), ["sampled-usage"]);
    assert.deepEqual(codes("a", 800, { state: "unavailable", ok: false, ms: null }), ["variant-unavailable"]);
  });
});
