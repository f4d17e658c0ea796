import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { bucketOf, histogramBoundsSeconds } from "../../../clients/measure/histogram/bucket-counts.ts";
import {
  cellText,
  columnMs,
  type HeatSecond,
  heatColumns,
  heatRows,
  heatStep,
  heatSummary,
  heatTotal,
  rowText,
  shareText,
} from "./heat-columns.ts";

const second = (atMs: number, from: number, ...counts: number[]): HeatSecond => ({ atMs, buckets: { from, counts } });
const quiet = (atMs: number): HeatSecond => ({ atMs, buckets: undefined });

describe("the columns of the heatmap", () => {
  it("are one per second while there is room, none without values, and never span unknown seconds", () => {
    const columns = heatColumns([second(1000, 3, 1), quiet(2001), second(3002, 3, 4), second(9002, 4, 2)], 100);
    assert.deepEqual(
      columns.map(({ fromMs, toMs, count }) => [fromMs, toMs, count]),
      [
        [0, 1000, 1],
        [2001, 3002, 4],
        [7502, 9002, 2],
      ],
    );
    assert.deepEqual(heatColumns([], 100), []);
    assert.deepEqual(heatColumns([quiet(1000)], 100), []);
  });

  it("of several seconds include the quiet ones among them", () => {
    const seconds = Array.from({ length: 40 }, (_, index) =>
      index % 4 === 1 ? second(index * 1000, 3, 1) : quiet(index * 1000),
    );
    assert.deepEqual(
      heatColumns(seconds, 20)
        .map(({ fromMs, toMs, count }) => [fromMs, toMs, count])
        .slice(1, 3),
      [
        [3000, 7000, 1],
        [7000, 11_000, 1],
      ],
    );
  });

  it("never exceed the maximum, never lose a value, and stay unchanged once complete", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 900, max: 1100 }), fc.nat(9), fc.nat(9)), {
      minLength: 1,
      maxLength: 900,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 20, max: 200 }), (given, most) => {
        let atMs = 0;
        const all = given.map(([ms, from, count]) => {
          atMs += ms;
          return count === 0 ? quiet(atMs) : second(atMs, from, count);
        });
        const columns = heatColumns(all, most);
        assert.ok(columns.length <= most, `${columns.length} of ${most}`);
        assert.equal(
          columns.reduce((sum, { count }) => sum + count, 0),
          given.reduce((sum, [, , count]) => sum + count, 0),
        );
        for (const [index, { fromMs }] of columns.entries())
          assert.ok(fromMs >= (columns[index - 1]?.toMs ?? Number.NEGATIVE_INFINITY));
        // The window advances by a second: all columns but those at its ends are unchanged.
        const moved = [...all.slice(1), second(atMs + 1000, 0, 1)];
        if (columnMs(moved, most) !== columnMs(all, most)) return;
        const before = new Set(columns.map((column) => JSON.stringify(column)));
        for (const column of heatColumns(moved, most).slice(1, -2))
          assert.ok(before.has(JSON.stringify(column)), JSON.stringify(column));
      }),
      { numRuns: 50 },
    );
  });

  it("have colours by their share of the column: one in a thousand is visible, an empty cell has none", () => {
    const [column] = heatColumns([second(1000, 10, 9000, 979, 20, 0, 1)], 100);
    assert.ok(column !== undefined);
    assert.deepEqual(
      [9, 10, 11, 12, 13, 14].map((row) => heatStep(column, row)),
      [-1, 5, 3, 1, -1, 0],
    );
  });
});

describe("the rows of the heatmap", () => {
  it("are those with values plus one on each side, and never too few", () => {
    assert.deepEqual(heatRows({ from: 10, counts: new Array(12).fill(1) }), { from: 9, to: 23 });
    for (const from of [0, 1, 19, 39, 40]) {
      const rows = heatRows({ from, counts: [1] });
      assert.ok(rows.from <= from && rows.to > from && rows.from >= 0 && rows.to <= 41, JSON.stringify(rows));
      assert.ok(rows.to - rows.from >= 5, JSON.stringify(rows));
    }
  });

  it("are labelled with their bounds", () => {
    assert.equal(rowText(bucketOf(0.05, histogramBoundsSeconds)), "36.2 to 51.2 ms");
    assert.equal(rowText(0), "up to 0.1 ms");
    assert.equal(rowText(histogramBoundsSeconds.length), "above 74100 ms");
  });
});

describe("the heatmap as text", () => {
  it("gives the total, the fullest row, and the slowest", () => {
    const columns = heatColumns([second(1000, 18, 990), second(2000, 18, 0, 0, 10)], 100);
    assert.equal(
      heatSummary(columns, "pushes"),
      "1,000 pushes from 0 to 2 s: 99.0 % took 36.2 to 51.2 ms, the slowest 72.4 to 102 ms.",
    );
    assert.equal(cellText(columns[1]!, 20, "pushes"), "1 to 2 s, 72.4 to 102 ms: 10 of 10 pushes (100 %)");
    assert.equal(heatSummary([], "pushes"), "No pushes yet.");
    assert.deepEqual(heatTotal(columns), { from: 18, counts: [990, 0, 10] });
  });

  it("rounds no share to all or nothing", () => {
    assert.deepEqual(
      [shareText(0, 9), shareText(9, 9), shareText(1, 1e6), shareText(999_999, 1e6), shareText(1, 3)],
      ["0 %", "100 %", "below 0.1 %", "above 99.9 %", "33.3 %"],
    );
  });
});
