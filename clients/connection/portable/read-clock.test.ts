import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nowNs } from "../../measure/clock.ts";
import { ReadClock } from "./read-clock.ts";

/** Clocks that advance as they are read, with a realtime clock at some offset, and preemptions at some readings. */
class SimulatedClocks {
  atNs = 5e12;
  /** Realtime minus monotonic: whole milliseconds plus nanoseconds. */
  offsetMs = 1_790_000_000_123;
  offsetNs: number;
  readonly #pausesNs: readonly number[];
  #readings = 0;

  constructor(offsetNs: number, pausesNs: readonly number[]) {
    this.offsetNs = offsetNs;
    this.#pausesNs = pausesNs;
  }

  #pass(): void {
    this.atNs += 200 + (this.#pausesNs[this.#readings++ % Math.max(1, this.#pausesNs.length)] ?? 0);
  }

  nowNs(): number {
    this.#pass();
    return this.atNs;
  }

  realtimeMs(): number {
    this.#pass();
    return this.offsetMs + Math.floor((this.atNs + this.offsetNs) / 1e6);
  }

  errorNs({ seconds, nanoseconds }: { seconds: number; nanoseconds: number }): number {
    return (seconds * 1000 - this.offsetMs) * 1e6 + nanoseconds - this.offsetNs;
  }
}

/** Usually none; occasionally up to 9 ms. */
const pauses = fc.array(
  fc.oneof({ weight: 40, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 9_000_000 }) }),
  {
    minLength: 1,
    maxLength: 997,
  },
);

test("a preempted reading is not a jump, and does not distort the offset", () => {
  fc.assert(
    fc.property(pauses, fc.integer({ min: 0, max: 999_999_999 }), (pausesNs, offsetNs) => {
      const clocks = new SimulatedClocks(offsetNs, pausesNs);
      const clock = new ReadClock(clocks);
      const firstErrorNs = Math.abs(clocks.errorNs(clock.offset));
      assert.ok(firstErrorNs <= 20e6, `${firstErrorNs}`);
      for (let i = 0; i < 50; i++) {
        clocks.atNs += 1e9;
        assert.equal(clock.sync(), false);
        assert.ok(Math.abs(clocks.errorNs(clock.offset)) <= Math.max(10_000, firstErrorNs), "never worse than it was");
      }
    }),
    { numRuns: 50 },
  );
});

test("a clock step is a jump, once, and the offset follows; slewing is not", () => {
  for (const [stepNs, jumps] of [
    [5e6, true],
    [-5e6, true],
    [3600e9, true],
    [200_000, false],
  ] as const) {
    const clocks = new SimulatedClocks(123_456, []);
    const clock = new ReadClock(clocks);
    clocks.offsetNs += stepNs;
    assert.equal(clock.sync(), jumps, `${stepNs}`);
    assert.ok(Math.abs(clocks.errorNs(clock.offset)) <= 10_000, `${clocks.errorNs(clock.offset)}`);
    assert.equal(clock.sync(), false);
  }
});

test("a reading interrupted by a clock step is repeated", () => {
  const clocks = new SimulatedClocks(0, []);
  const clock = new ReadClock(clocks);
  let readings = 0;
  const { realtimeMs } = SimulatedClocks.prototype;
  clocks.realtimeMs = () => {
    if (++readings === 3) clocks.offsetNs += 7e9;
    return realtimeMs.call(clocks);
  };
  assert.equal(clock.sync(), true);
  assert.ok(Math.abs(clocks.errorNs(clock.offset)) <= 10_000);
});

test("the host's own clocks: monotonic time plus the offset is the date", () => {
  const { seconds, nanoseconds } = new ReadClock().offset;
  const beforeMs = Date.now();
  const toldMs = nowNs() / 1e6 + seconds * 1000 + nanoseconds / 1e6;
  // The maximum error of a reading interrupted throughout.
  assert.ok(toldMs >= beforeMs - 100 && toldMs <= Date.now() + 101, `${toldMs - beforeMs}`);
});
