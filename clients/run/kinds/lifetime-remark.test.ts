import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Histogram } from "../../measure/histogram/histogram.ts";
import { lifetimeRemark } from "./lifetime-remark.ts";

const lives = (...ms: number[]): Histogram => {
  const histogram = new Histogram();
  for (const each of ms) histogram.recordNs(each * 1e6);
  return histogram;
};

describe("lifetimes of lost connections", () => {
  it("indicate a timeout when nearly all are equally long", () => {
    const remark = lifetimeRemark(lives(...Array.from({ length: 400 }, (_, i) => 20_000 + (i % 7) * 10)));
    assert.match(remark?.text ?? "", /^400 of 400 lost connections had been open for 20\.0 s: either a timeout/);
  });

  it("indicate nothing when they differ, are few, or ended at once", () => {
    assert.equal(lifetimeRemark(lives(...Array.from({ length: 100 }, (_, i) => 1000 + i * 200))), null);
    assert.equal(lifetimeRemark(lives(20_000, 20_000)), null);
    assert.equal(lifetimeRemark(lives(10, 11, 12, 10, 10)), null);
    assert.equal(lifetimeRemark(undefined), null);
  });
});
