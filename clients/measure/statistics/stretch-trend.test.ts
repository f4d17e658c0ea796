/** Trends within stretches of a series: levels that change between them are no growth, and growth within them is. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { noise } from "../testing/soak-simulation.ts";
import { judgeLeak, type LeakVerdict, type Stretch } from "./leak.ts";
import { seededRandom } from "./seeded-random.ts";

const hourMs = 3_600_000;
const mib = 2 ** 20;

interface Simulated {
  /** MiB of each stretch before noise. */
  levels: readonly number[];
  samplesEach: number;
  correlation: number;
  /** MiB an hour. */
  leak: number;
}

/** Samples each second, noise of 1 MiB; judged with a budget of nothing but `budgetMiB`. */
function judge(
  { levels, samplesEach, correlation, leak }: Simulated,
  random: () => number,
  isStaged = true,
): LeakVerdict {
  const count = levels.length * samplesEach;
  const values = noise(count, correlation, random).map(
    (value, at) => (levels[Math.floor(at / samplesEach)]! + value + (leak * at) / 3600) * mib,
  );
  const atMs = Float64Array.from({ length: count }, (_, at) => at * 1000);
  const stretches = levels.map(
    (_, stretch): Stretch => ({ fromMs: stretch * samplesEach * 1000, toMs: (stretch + 1) * samplesEach * 1000 }),
  );
  return judgeLeak(
    { atMs, values },
    { lifetimeMs: hourMs, budgetBytes: 0, warmUpMs: 0, ...(isStaged ? { stretches } : {}) },
  );
}

const rising = [100, 140, 180, 220, 260, 300];
const upAndDown = [100, 300, 120, 300, 120, 300, 120, 300];

describe("a trend within stretches", () => {
  it("is no leak where only the level between them rises, which a trend over all would call one", () => {
    const random = seededRandom(7);
    const one = { levels: rising, samplesEach: 600, correlation: 0, leak: 0 };
    assert.equal(judge(one, random, false).verdict, "leak");
    assert.equal(judge(one, random).verdict, "steady");
  });

  it("cries leak in fewer than 6 of 100 soaks without one, whatever the levels do and the samples share", () => {
    const random = seededRandom(11);
    const runs = 150;
    for (const levels of [rising, upAndDown])
      for (const correlation of [0, 0.5, 0.9]) {
        let alarms = 0;
        for (let run = 0; run < runs; run++)
          if (judge({ levels, samplesEach: 600, correlation, leak: 0 }, random).verdict === "leak") alarms++;
        assert(alarms / runs < 0.06, `${alarms} of ${runs} at ${levels.length} levels, correlation ${correlation}`);
      }
  });

  it("finds the leak of every stretch, with its rate within a fifth, and says by which it judged", () => {
    const random = seededRandom(13);
    for (const levels of [rising, upAndDown]) {
      const found = judge({ levels, samplesEach: 600, correlation: 0.5, leak: 30 }, random);
      assert.equal(found.verdict, "leak");
      const perHour = (found.bytesPerHour?.estimate ?? 0) / mib;
      assert(perHour > 24 && perHour < 36, `${perHour} MiB an hour`);
      assert.deepEqual(
        found.stretches,
        levels.map((_, at) => at),
      );
    }
  });

  it("tells nothing where stretches are too short, and by which it was none", () => {
    const found = judge({ levels: [100, 200], samplesEach: 5, correlation: 0, leak: 1000 }, seededRandom(17));
    assert.deepEqual([found.verdict, found.stretches, found.bytesPerHour], ["too-short", [], null]);
  });

  it("of one stretch is that of a series", () => {
    const one = { levels: [100], samplesEach: 2000, correlation: 0.5, leak: 5 };
    const [whole, within] = [judge(one, seededRandom(19), false), judge(one, seededRandom(19))];
    const blocks = 96;
    assert.equal(whole.blocks, blocks);
    assert(within.blocks >= blocks && Math.abs(within.bytesPerHour!.estimate / whole.bytesPerHour!.estimate - 1) < 0.5);
  });
});
