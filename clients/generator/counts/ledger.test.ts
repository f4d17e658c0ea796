import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { graceNs, lateAfterNs } from "../../plan/ticks.ts";
import { PushLedger } from "./ledger.ts";

const intervalMs = 1000;
const intervalNs = intervalMs * 1e6;

/**
 * One connection of the model: what arrives when, and how it ends. Times in milliseconds, ticks due at whole seconds.
 */
interface Story {
  begunMs: number;
  openedMs: number;
  arrivals: { tick: number; atMs: number }[];
  closedMs: number;
  isOurs: boolean;
}

const story: fc.Arbitrary<Story> = fc
  .record({
    begunMs: fc.integer({ min: 0, max: 2500 }),
    handshakeMs: fc.integer({ min: 0, max: 700 }),
    livesMs: fc.integer({ min: 0, max: 12_000 }),
    isOurs: fc.boolean(),
    fates: fc.array(fc.constantFrom("on time", "on time", "lost", "twice", "late", "very late"), {
      minLength: 16,
      maxLength: 16,
    }),
    lagMs: fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 16, maxLength: 16 }),
  })
  .map(({ begunMs, handshakeMs, livesMs, isOurs, fates, lagMs }) => {
    const openedMs = begunMs + handshakeMs;
    const closedMs = openedMs + livesMs;
    const arrivals = fates.flatMap((fate, tick) => {
      const dueMs = tick * intervalMs;
      const atMs = Math.max(openedMs, dueMs + lagMs[tick]! + (fate === "late" ? 900 : fate === "very late" ? 3300 : 0));
      if (fate === "lost" || dueMs < begunMs) return [];
      const copies = fate === "twice" ? [atMs, atMs + 5] : [atMs];
      return copies.filter((each) => each <= closedMs).map((each) => ({ tick, atMs: each }));
    });
    return { begunMs, openedMs, arrivals: arrivals.sort((a, b) => a.atMs - b.atMs), closedMs, isOurs };
  });

/** The model: sets of ticks, no windows and no columns. */
function modelOf(
  { openedMs, arrivals }: Story,
  cutMs: number,
  seenMs: number,
  endMs: number,
): { received: number; lost: number; duplicated: number } {
  const seen = arrivals.filter(({ tick, atMs }) => atMs <= seenMs && tick * intervalMs <= endMs);
  const ticks = new Set(seen.map(({ tick }) => tick));
  const firstExpected = Math.ceil((openedMs + graceNs(intervalNs) / 1e6) / intervalMs);
  const first = Math.min(firstExpected, ...ticks);
  const last = Math.max(Math.floor(Math.min(cutMs, endMs) / intervalMs), ...ticks);
  return {
    received: ticks.size,
    lost: Math.max(0, last - first + 1 - ticks.size),
    duplicated: seen.length - ticks.size,
  };
}

describe("the push ledger", () => {
  it("matches a model made of sets, with pushes lost, late or duplicated and connections closed, at any time", () => {
    fc.assert(
      fc.property(
        fc.array(story, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1000, max: 14_000 }),
        fc.array(fc.integer({ min: 0, max: 20_000 })),
        (stories, endMs, looksMs) => {
          const ledger = new PushLedger(stories.length, intervalMs, 0, 0);
          ledger.endAt(endMs * 1e6);
          const counts = { received: 0, duplicated: 0 };
          const steps = stories.flatMap((told, slot) => [
            { atMs: told.openedMs, order: 0, act: () => ledger.open(slot, told.begunMs * 1e6, told.openedMs * 1e6) },
            ...told.arrivals.map(({ tick, atMs }) => ({
              atMs,
              order: 1,
              act: () => {
                const kind = ledger.record(slot, tick, tick * intervalNs);
                if (kind === "new" || kind === "out-of-order") counts.received++;
                if (kind === "duplicate") counts.duplicated++;
              },
            })),
            { atMs: told.closedMs, order: 2, act: () => ledger.close(slot, told.closedMs * 1e6, told.isOurs) },
          ]);
          const lateMs = lateAfterNs(intervalNs) / 1e6;
          const look = (nowMs: number): void => {
            const open = stories.filter(({ openedMs }) => openedMs <= nowMs);
            const expected = open.map((told) => {
              const isClosed = told.closedMs <= nowMs;
              const cutMs = isClosed ? told.closedMs - (told.isOurs ? lateMs : 0) : nowMs - lateMs;
              return modelOf(told, cutMs, nowMs, endMs);
            });
            const sum = (of: (one: (typeof expected)[number]) => number): number =>
              expected.reduce((total, one) => total + of(one), 0);
            assert.equal(
              counts.received,
              sum(({ received }) => received),
            );
            assert.equal(
              counts.duplicated,
              sum(({ duplicated }) => duplicated),
            );
            assert.equal(
              ledger.lost(nowMs * 1e6),
              sum(({ lost }) => lost),
            );
          };
          const looks = [...looksMs, 20_000].map((atMs) => ({ atMs, order: 3, act: () => look(atMs) }));
          for (const { act } of [...steps, ...looks].sort((a, b) => a.atMs - b.atMs || a.order - b.order)) act();
        },
      ),
      { numRuns: 300 },
    );
  });

  it("counts a push that was written together with the upgrade response", () => {
    const ledger = new PushLedger(1, intervalMs, 0, 0);
    ledger.open(0, 900e6, 1002e6);
    assert.equal(ledger.record(0, 1, intervalNs), "new");
    assert.equal(ledger.record(0, 0, 0), "before-open");
    assert.equal(ledger.lost(1900e6), 0);
  });

  it("counts nothing due after the end, and waits for what was due before it", () => {
    const ledger = new PushLedger(1, intervalMs, 0, 0);
    ledger.open(0, 100e6, 100e6);
    ledger.endAt(2500e6);
    assert.equal(ledger.isOutstanding, true);
    assert.equal(ledger.record(0, 1, 1000e6), "new");
    assert.equal(ledger.record(0, 2, 2000e6), "new");
    assert.equal(ledger.isOutstanding, false);
    assert.equal(ledger.record(0, 3, 3000e6), "after-end");
    assert.equal(ledger.counts(0, 2900e6), true);
    assert.equal(ledger.counts(0, 3010e6), false);
    assert.equal(ledger.lost(9000e6), 0);
  });

  it("sums slow readers separately", () => {
    const ledger = new PushLedger(3, intervalMs, 1, 0);
    for (const slot of [0, 1, 2]) ledger.open(slot, 0, 0);
    ledger.record(2, 1, 1000e6);
    assert.equal(ledger.lost(2600e6), 1 + 2);
    assert.equal(ledger.lost(2600e6, "slow"), 2);
    ledger.close(0, 2700e6, false);
    ledger.close(1, 2700e6, false);
    assert.equal(ledger.lost(2700e6, "slow"), 2);
    assert.equal(ledger.lost(2700e6), 1 + 2);
  });

  it("counts the pushes missed while away", () => {
    const ledger = new PushLedger(1, intervalMs, 0, 0);
    assert.equal(ledger.ticksBetween(0, 1500e6, 4200e6), 3);
    ledger.endAt(3000e6);
    assert.equal(ledger.ticksBetween(0, 1500e6, 4200e6), 2);
    assert.equal(new PushLedger(1, intervalMs).ticksBetween(0, 1500e6, 4200e6), 0);
  });
});
