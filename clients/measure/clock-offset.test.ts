import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type ClockProbe, clockBoundNs, estimateClock } from "./clock-offset.ts";

/** A probe over a network with these two delays. */
const probe = (sentNs: number, thereNs: number, backNs: number, offsetNs: number): ClockProbe => ({
  sentNs,
  receivedNs: sentNs + thereNs + backNs,
  remoteNs: sentNs + thereNs + offsetNs,
});

describe("the estimate of another clock", () => {
  it("is exact when both directions take equally long", () => {
    assert.equal(estimateClock([probe(1000, 50, 50, 7_000_000)])?.offsetNs, 7_000_000);
  });

  it("uses the shortest round trip", () => {
    const estimate = estimateClock([probe(0, 900, 100, 5000), probe(2000, 20, 20, 5000), probe(4000, 10, 700, 5000)]);
    assert.equal(estimate?.offsetNs, 5000);
    assert.equal(estimate?.roundTripNs, 40);
  });

  it("is null without a usable probe", () => {
    assert.equal(estimateClock([]), null);
    assert.equal(estimateClock([{ sentNs: 5, receivedNs: 5, remoteNs: 1 }]), null);
    assert.equal(estimateClock([{ sentNs: 5, receivedNs: 9, remoteNs: Number.NaN }]), null);
  });

  it("is never off by more than its bound, whatever the delays", () => {
    const delays = fc.tuple(fc.integer({ min: 1, max: 1e8 }), fc.integer({ min: 1, max: 1e8 }));
    fc.assert(
      fc.property(
        fc.array(delays, { minLength: 1, maxLength: 16 }),
        fc.integer({ min: -1e12, max: 1e12 }),
        (pairs, offsetNs) => {
          const estimate = estimateClock(pairs.map(([there, back], i) => probe(i * 1e9, there, back, offsetNs)));
          assert.ok(estimate !== null);
          assert.ok(Math.abs(estimate.offsetNs - offsetNs) <= clockBoundNs(estimate, estimate.atNs));
        },
      ),
    );
  });

  it("becomes less certain with age", () => {
    const estimate = estimateClock([probe(0, 50_000, 50_000, 0)]);
    assert.ok(estimate !== null);
    assert.equal(clockBoundNs(estimate, estimate.atNs), 50_000);
    assert.equal(clockBoundNs(estimate, estimate.atNs + 10e9), 50_000 + 1e6);
  });
});
