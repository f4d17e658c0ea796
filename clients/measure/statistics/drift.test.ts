import assert from "node:assert/strict";
import { test } from "node:test";
import { noise, simulateDrift } from "../testing/soak-simulation.ts";
import { judgeDrift, judgeRise, noticeableMs } from "./drift.ts";
import { seededRandom } from "./seeded-random.ts";

const ticks = (count: number) => Array.from({ length: count }, (_, index) => index * 10_000);

test("a shift matters from 10 % or 5 ms, whichever is more", () => {
  assert.deepEqual([noticeableMs(20), noticeableMs(200)], [5, 20]);
});

test("the first third is compared with the last, and the middle does not matter", () => {
  const wobble = noise(90, 0, seededRandom(1));
  const bursts = Array.from(wobble, (value, index) => (index < 30 ? 40 : index < 60 ? 900 : 52) + value);
  const found = judgeDrift(bursts);
  assert.equal(found.verdict, "drift");
  assert.ok(Math.abs((found.shiftMs?.estimate ?? 0) - 12) < 1.5);
  assert.ok((found.shiftMs?.lower ?? 0) > 10 && (found.shiftMs?.upper ?? 99) < 14);
});

test("a significant but small shift, a large insignificant one, and an improvement are not drift", () => {
  const random = seededRandom(2);
  const quiet = Array.from(noise(90, 0, random), (value, index) => 40 + value / 10 + (index >= 60 ? 4 : 0));
  const wild = Array.from(noise(60, 0.9, random), (value) => 100 + 60 * value);
  const better = Array.from(noise(90, 0, random), (value, index) => 80 + value - (index >= 60 ? 30 : 0));
  assert.deepEqual(
    [quiet, wild, better].map((bursts) => judgeDrift(bursts).verdict),
    ["steady", "steady", "steady"],
  );
});

test("the same seed gives the same limits, and few bursts give none", () => {
  const bursts = Array.from(noise(90, 0.5, seededRandom(3)), (value) => 50 + 10 * value);
  assert.deepEqual(judgeDrift(bursts, 7), judgeDrift(bursts, 7));
  assert.equal(judgeDrift(bursts.slice(0, 59)).verdict, "too-short");
});

test("a hundred thousand bursts cost little more than a thousand", () => {
  const bursts = Array.from(
    noise(100_000, 0.5, seededRandom(4)),
    (value, index) => 50 + 5 * value + (index > 70_000 ? 20 : 0),
  );
  assert.equal(judgeDrift(bursts).verdict, "drift");
});

test("false alarms stay below 10 %, and a shift of six deviations is found", () => {
  for (const [correlation, deviation] of [
    [0, 20],
    [0.5, 20],
    [0.9, 20],
  ] as const) {
    const found = simulateDrift(60, 90, correlation, deviation, 0, 31);
    assert.ok(found.drift <= 0.1 && found.rise <= 0.1, `${correlation}: ${found.drift}, ${found.rise}`);
  }
  const found = simulateDrift(30, 90, 0.5, 5, 30, 32);
  assert.ok(found.drift >= 0.95 && found.rise >= 0.8, `${found.drift}, ${found.rise}`);
});

test("a trial whose bursts become later and later is rising; a single late one is not", () => {
  const steady = Array.from(noise(30, 0, seededRandom(6)), (value) => 60 + 3 * value);
  assert.equal(judgeRise(ticks(30), steady).verdict, "steady");
  assert.equal(judgeRise(ticks(30), steady.with(27, 400)).verdict, "steady");
  const rising = judgeRise(
    ticks(30),
    steady.map((value, index) => value + 2 * index),
  );
  assert.equal(rising.verdict, "rising");
  assert.ok(Math.abs((rising.riseMs ?? 0) - 58) < 8);
  assert.equal(
    judgeRise(
      ticks(30),
      steady.map((value, index) => value + index / 10),
    ).verdict,
    "steady",
  );
  assert.equal(judgeRise(ticks(11), steady.slice(0, 11)).verdict, "too-short");
});
