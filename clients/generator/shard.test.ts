import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { mergeTallies, type Tally } from "../measure/tally.ts";
import { fromWire, toWire } from "../measure/tally-wire.ts";
import { planReconnect } from "../plan/reconnect-plan.ts";
import type { StormBlock } from "../scenario/fields/connection-fields.ts";
import { assertAddsUp, drive, intervalMs, none, planOf } from "./testing/shard-rig.ts";

const storm: StormBlock = {
  after: "500ms",
  share: 1,
  by: "us",
  manner: "close-frame",
  window: "800ms",
  jitter: 1,
  retries: 10,
  backoff: "50ms",
};

describe("a shard", () => {
  it("adds up at every instant, whatever the target does and whenever it is stopped", () => {
    const target = fc.record({
      refuses: fc.constantFrom(0, 0.1, 0.9),
      loses: fc.constantFrom(0, 0.05, 1),
      resetsPerTick: fc.constantFrom(0, 0.02, 0.3),
      answersCloseAfterMs: fc.integer({ min: 0, max: 60 }),
    });
    const storms = fc.record({
      after: fc.constant("700ms"),
      share: fc.constantFrom(0.3, 1),
      by: fc.constantFrom("us" as const, "target" as const),
      manner: fc.constantFrom("rst" as const, "fin" as const, "close-frame" as const),
      window: fc.constant("900ms"),
      jitter: fc.constantFrom(0, 0.5, 1),
      retries: fc.integer({ min: 0, max: 4 }),
      backoff: fc.constant("60ms"),
    });
    const policies = fc
      .record({
        retries: fc.integer({ min: 0, max: 4 }),
        jitter: fc.constantFrom(0, 0.5, 1),
        after: fc.constantFrom("0s", "70ms"),
        backoff: fc.constantFrom(1, 2),
      })
      .map((block) => planReconnect({ ...block, causes: { eof: { retries: 1 } } }));
    const stages = fc.array(
      fc.record({ share: fc.double({ min: 0.05, max: 1, noNaN: true }), overMs: fc.nat(900), holdMs: fc.nat(900) }),
      { minLength: 1, maxLength: 5 },
    );
    const told = fc
      .record({
        stages: fc.option(stages, { nil: undefined }),
        slots: fc.integer({ min: 1, max: 25 }),
        target,
        storm: fc.option(storms),
        reconnect: fc.option(policies, { nil: undefined }),
        churnPerMinute: fc.constantFrom(0, 400, 3000),
        holdMs: fc.integer({ min: 100, max: 4000 }),
        stopMs: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 5000 })),
      })
      .map(({ slots, target: fake, stages: levels, storm: block, reconnect, churnPerMinute, holdMs, stopMs }) => ({
        plan: planOf(slots, {
          storm: levels === undefined ? block : null,
          churnPerMinute,
          ...(reconnect === undefined ? {} : { reconnect }),
          ...(levels === undefined
            ? {}
            : { stages: levels.map(({ share, ...times }) => ({ ...times, connections: Math.ceil(share * slots) })) }),
        }),
        target: fake,
        holdMs,
        stopMs,
      }));
    fc.assert(
      fc.property(told, (one) => {
        const { tally, engine, buried } = drive(one);
        const { counts } = tally;
        assert.equal(engine.inUse, 0);
        assert.deepEqual([counts.open, counts.connecting, counts.closing, counts.backoff], [0, 0, 0, 0]);
        assert.equal(buried.counts.open + buried.counts.connecting + buried.counts.closing + buried.counts.backoff, 0);
        if (counts.received > engine.delivered) assert.fail("more received than was sent");
      }),
      { numRuns: 150 },
    );
  });

  it("drops all in a storm, brings all back within the window, and counts none as lost", () => {
    const { tally } = drive({
      plan: planOf(3000, { storm, rampPerSecond: 10_000, closePerSecond: 1e6 }),
      target: none,
      holdMs: 2500,
      stopMs: Number.POSITIVE_INFINITY,
    });
    const { counts, causes, histograms } = tally;
    assert.deepEqual(
      [counts.stormDropped, counts.stormBack, counts.reconnectsOpened, counts.closedUnexpectedly],
      [3000, 3000, 3000, 0],
    );
    assert.deepEqual(causes, { planned: 6000 });
    assert.equal(counts.lost, 0);
    assert((histograms.storm?.maxMs ?? 0) < 900, `${histograms.storm?.maxMs} ms`);
    assert.equal(counts.eventsLeftOut, 0);
  });

  it("replaces a share by churn, at its rate, without losses", () => {
    const { tally } = drive({
      plan: planOf(100, { churnPerMinute: 600 }),
      target: none,
      holdMs: 3000,
      stopMs: Number.POSITIVE_INFINITY,
    });
    assert.deepEqual([tally.counts.closedUnexpectedly, tally.counts.lost], [0, 0]);
    assert(
      tally.counts.reconnectsOpened >= 29 && tally.counts.reconnectsOpened <= 30,
      String(tally.counts.reconnectsOpened),
    );
  });

  it("follows stages up and down, and closes surplus connections by plan", () => {
    const stages = [
      { connections: 40, overMs: 400, holdMs: 700 },
      { connections: 100, overMs: 500, holdMs: 600 },
      { connections: 25, overMs: 300, holdMs: 800 },
      { connections: 60, overMs: 0, holdMs: 900 },
    ];
    const { tally } = drive({
      plan: planOf(100, { stages, closePerSecond: 1e6 }),
      target: { ...none, answersCloseAfterMs: 10 },
      holdMs: 3800,
      stopMs: Number.POSITIVE_INFINITY,
    });
    const of = (name: "opened" | "refused" | "closedByPlan" | "closedUnexpectedly" | "open" | "lost") =>
      tally.stages!.map(({ counts }) => counts[name]);
    assert.deepEqual(of("opened"), [40, 60, 0, 35]);
    assert.deepEqual(of("closedByPlan"), [0, 0, 75, 0]);
    assert.deepEqual(of("open"), [40, 100, 25, 60]);
    for (const name of ["refused", "closedUnexpectedly", "lost"] as const) assert.deepEqual(of(name), [0, 0, 0, 0]);
    const { planned, opened, reconnectsOpened, closedByPlan, lost } = tally.counts;
    assert.deepEqual([planned, opened, reconnectsOpened, closedByPlan, lost], [100, 100, 35, 135, 0]);
  });

  it("reconnects lost and refused connections from the ramp on, and distinguishes first openings", () => {
    const reconnect = planReconnect({ after: "20ms", backoff: 1, jitter: 0, retries: 100 });
    const plan = planOf(100, { reconnect, rampPerSecond: 50 });
    const { tally } = drive({
      plan,
      target: { ...none, refuses: 0.3, resetsPerTick: 0.05 },
      holdMs: 4000,
      stopMs: Number.POSITIVE_INFINITY,
    });
    const { counts } = tally;
    assert.equal(counts.opened + counts.refused, 100);
    assert(
      counts.refused > 10 && counts.closedUnexpectedly > 20,
      "the target is bad enough for the test to say something",
    );
    // Each absence began with a loss or a refused first attempt; none was given up, and few were ongoing at the end of
    // the hold.
    assert.equal(counts.absencesGivenUp, 0);
    assert(counts.absences - counts.absencesEnded <= 10, `${counts.absences - counts.absencesEnded} still away`);
    assert.equal(counts.reconnectsOpened, counts.absencesEnded);
    assert.equal(tally.histograms.away?.count, counts.absencesEnded);
    assert(counts.closedByPlan >= 90, `${counts.closedByPlan} of 100 were open at the end`);
  });

  it("gives up after the number of attempts the policy allows", () => {
    const reconnect = planReconnect({ after: "20ms", backoff: 1, jitter: 0, retries: 3 });
    const plan = planOf(20, { reconnect });
    const { tally } = drive({ plan, target: { ...none, refuses: 1 }, holdMs: 2000, stopMs: Number.POSITIVE_INFINITY });
    const { counts } = tally;
    assert.deepEqual(
      [counts.opened, counts.refused, counts.reconnectsAttempted, counts.reconnectsRefused],
      [0, 20, 60, 60],
    );
    assert.deepEqual([counts.absences, counts.absencesEnded, counts.absencesGivenUp], [20, 0, 20]);
  });

  it("closes silent connections as silent", () => {
    const { tally } = drive({
      plan: planOf(10, {}),
      target: { ...none, loses: 1 },
      holdMs: 4000,
      stopMs: Number.POSITIVE_INFINITY,
    });
    assert.deepEqual(tally.causes, { silent: 10 });
    assert.equal(tally.counts.received, 0);
    assert(tally.counts.lost > 0);
  });

  it("expects no pushes from a target not declared as pushing", () => {
    const plan = planOf(10, { push: { intervalMs, stamp: "auto" } });
    const { tally } = drive({ plan, target: { ...none, loses: 1 }, holdMs: 4000, stopMs: Number.POSITIVE_INFINITY });
    assert.deepEqual(tally.causes, { planned: 10 });
    assert.equal(tally.counts.lost, 0);
  });
});

describe("tallies", () => {
  it("merge in any order, and serialized, to the same sum", () => {
    const tallies = [1, 2, 3].map(
      (seed) =>
        drive({
          plan: planOf(10 * seed, { storm, seed }),
          target: { ...none, refuses: 0.2, resetsPerTick: 0.05 },
          holdMs: 1500,
          stopMs: 9000,
        }).tally,
    );
    const plain = (tally: Tally): unknown =>
      JSON.parse(
        JSON.stringify({
          ...toWire(tally),
          codes: Object.entries(tally.codes).sort(),
          parts: Object.entries(tally.parts).sort(),
        }),
      );
    const sum = mergeTallies(tallies);
    assert.deepEqual(plain(mergeTallies([...tallies].reverse())), plain(sum));
    assert.deepEqual(plain(mergeTallies(tallies.map((tally) => fromWire(toWire(tally))))), plain(sum));
    assertAddsUp(sum);
  });
});
