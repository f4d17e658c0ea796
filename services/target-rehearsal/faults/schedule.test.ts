import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { amountMs } from "./amount.ts";
import { Rules } from "./rules.ts";
import { dueNs, isTickInWindow, slotOf, tickAfter, waveAt } from "./schedule.ts";
import { readScript } from "./script.ts";
import { hash32, isChosen } from "./selection.ts";

describe("a time rule", () => {
  it("applies from its instant, for as long and as often as specified", () => {
    const rule = { whenOpen: 5, afterMs: 10, forMs: 2, repeatMs: 5, times: 2 };
    const waves = [9, 10, 11.9, 12, 15, 16.9, 17, 20].map((ms) => waveAt(rule, 1e9, 1e9 + ms * 1e6));
    assert.deepEqual(waves, [-1, 0, 0, -1, 1, 1, -1, -1]);
  });

  it("counts ticks from the first due once enough are open, however late an earlier one is written", () => {
    const rules = new Rules(readScript("faults: [{ kind: push.drop, at: { whenOpen: 4, ticks: 2 } }]"));
    const [rule] = rules.of("push.drop");
    const ordinals = (): number[] => [9, 10, 11, 12].map((tick) => rule!.ordinalOf(tick, 100, tick * 1e8));
    assert.deepEqual(ordinals(), [-1, -1, -1, -1]);
    rules.reached(4, 0, 0.95e9);
    assert.deepEqual(ordinals(), [-1, 0, 1, -1]);
  });

  it("moves to its phase between two ticks", () => {
    const rule = { whenOpen: 5, afterMs: 10, alignMs: 1000, phaseMs: 300 };
    const first = [0, 280e6, 300e6, 999e6].map((originNs) => waveAt(rule, originNs, 1300e6));
    assert.deepEqual(first, [0, 0, 0, 0]);
    assert.deepEqual(
      [289e6, 291e6].map((originNs) => waveAt(rule, originNs, 300e6)),
      [0, -1],
    );
  });

  it("always applies when empty", () => {
    assert.equal(waveAt({}, 0, 0), 0);
    assert.equal(isTickInWindow({}, 0), true);
  });

  it("counts ticks from its first one", () => {
    assert.deepEqual(
      [1, 2, 4, 5].map((ordinal) => isTickInWindow({ fromTick: 2, ticks: 3 }, ordinal)),
      [false, true, true, false],
    );
  });
});

describe("ticks", () => {
  it("are due at whole multiples of the interval, a slot later when spread", () => {
    const burst = { intervalMs: 100, slot: 0, offsetNs: 0 };
    assert.equal(dueNs(burst, 7), 700e6);
    assert.equal(tickAfter(burst, 699_999_999), 7);
    assert.equal(tickAfter(burst, 700e6), 8);
    const spread = { intervalMs: 100, slot: 3, offsetNs: 0 };
    assert.equal(dueNs(spread, 7), 730e6);
    assert.equal(tickAfter(spread, 729e6), 7);
    assert.equal(tickAfter(spread, 730e6), 8);
  });

  it("with a foreign clock are aligned to that clock", () => {
    const foreign = { intervalMs: 100, slot: 0, offsetNs: 30e6 };
    assert.equal(dueNs(foreign, 8), 770e6);
    assert.equal(tickAfter(foreign, 700e6), 8);
  });

  it("of a spread group fill every slot evenly", () => {
    const filled = new Array<number>(100).fill(0);
    for (let order = 0; order < 1000; order++) filled[slotOf(order, 1000)]!++;
    assert.deepEqual(new Set(filled), new Set([10]));
  });
});

describe("a selection", () => {
  const chosen = (selection: object, count: number, turn = 0): number[] =>
    Array.from({ length: count }, (_, index) => index).filter((index) =>
      isChosen(selection, 1, 0, { index, rank: index + 1 }, turn),
    );

  it("takes every n-th, the first, those above, or those listed", () => {
    assert.deepEqual(chosen({ every: 3, offset: 1 }, 8), [1, 4, 7]);
    assert.deepEqual(chosen({ every: 3 }, 8, 1), [2, 5]);
    assert.deepEqual(chosen({ first: 2 }, 8), [0, 1]);
    assert.deepEqual(chosen({ above: 6 }, 8), [6, 7]);
    assert.deepEqual(chosen({ connections: [4, 2] }, 8), [2, 4]);
    assert.equal(chosen({}, 8).length, 8);
  });

  it("takes about its share, the same for the same seed and different for another turn", () => {
    const some = chosen({ share: 0.01 }, 100_000);
    assert(some.length > 900 && some.length < 1100, String(some.length));
    assert.deepEqual(some, chosen({ share: 0.01 }, 100_000));
    assert.notDeepEqual(some, chosen({ share: 0.01 }, 100_000, 1));
    assert.equal(chosen({ share: 1 }, 1000).length, 1000);
    assert.equal(chosen({ share: 0 }, 1000).length, 0);
  });

  it("draws exactly the numbers it drew when this was written", () => {
    const drawn = [hash32(1, 0, 0, 0), hash32(1, 0, 1, 0), hash32(1, 1, 0, 0), hash32(2, 0, 0, 1)];
    assert.deepEqual(drawn, [2_416_073_531, 1_010_576_704, 3_526_425_443, 1_813_717_501]);
  });
});

describe("an amount", () => {
  it("is fixed, uniform in tenths, or from a list", () => {
    assert.equal(amountMs({ ms: 5 }, 99), 5);
    assert.equal(amountMs({ uniform: { minMs: 1, maxMs: 2 } }, 0), 1);
    assert.equal(amountMs({ uniform: { minMs: 1, maxMs: 2 } }, 0xffff_ffff), 2);
    const weighted = [
      { ms: 1, weight: 3 },
      { ms: 9, weight: 1 },
    ];
    assert.equal(amountMs({ weighted }, 0xbfff_ffff), 1);
    assert.equal(amountMs({ weighted }, 0xc000_0000), 9);
  });
});
