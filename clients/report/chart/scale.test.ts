import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { causeBars } from "../blocks/causes.ts";
import { renderPlot } from "../html/chart/plot.ts";
import { formatFigure, formatMilliseconds, formatNumber, formatShare } from "../model/format.ts";
import { sampleIntervals } from "../testing/sample-report.ts";
import type { Layer } from "./chart.ts";
import { formatElapsed, latencyScale, linearScale, logScale, ninesScale, roundStep, timeScale } from "./scale.ts";
import { pointsOf, thin, thinRange } from "./series.ts";

const labels = (scale: { ticks: { label: string }[] }) => scale.ticks.map((tick) => tick.label);

describe("scales", () => {
  it("mark round numbers", () => {
    assert.deepEqual(labels(linearScale(0, 9_990)), ["0", "2,000", "4,000", "6,000", "8,000", "10,000"]);
    assert.deepEqual(labels(linearScale(0, 0.93)), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    assert.deepEqual(labels(timeScale(0, 66_000)), ["0 s", "10 s", "20 s", "30 s", "40 s", "50 s", "60 s"]);
    assert.deepEqual(
      labels(timeScale(0, 6 * 3_600_000)),
      ["0 s", "1 h", "2 h", "3 h", "4 h", "5 h", "6 h"].map((label) => (label === "0 s" ? "0 h" : label)),
    );
    assert.deepEqual(labels(ninesScale(10_000)), ["p50", "p90", "p99", "p99.9", "p99.99"]);
    assert.deepEqual(labels(logScale(1, 1000)), ["1", "10", "100", "1000"]);
    assert.equal(roundStep(0, 5), 1);
  });

  it("choose a log axis only for wide ranges, and take the empty and the flat", () => {
    assert.equal(latencyScale([5, 50]).kind, "linear");
    assert.equal(latencyScale([0.1, 500]).kind, "log");
    for (const scale of [
      latencyScale([]),
      latencyScale([0]),
      linearScale(0, 0),
      linearScale(5, 5),
      logScale(10, 10),
      timeScale(0, 0),
      ninesScale(0),
    ]) {
      assert.ok(scale.ticks.length > 0 && scale.ticks.every((tick) => tick.at >= 0 && tick.at <= 1));
      assert.ok(Number.isFinite(scale.place(3)));
    }
  });

  it("say elapsed time as finely as the step", () => {
    assert.deepEqual(
      [
        formatElapsed(45_000, 5000),
        formatElapsed(200_000, 10_000),
        formatElapsed(600_000, 60_000),
        formatElapsed(9_000_000, 1_800_000),
      ],
      ["45 s", "3:20 min", "10 min", "2:30 h"],
    );
  });
});

describe("thin", () => {
  it("keeps the ends, the gaps' sides and every spike", () => {
    const points = Array.from({ length: 100_000 }, (_, x) => ({ x, y: x === 77_777 ? 999 : x === 5 ? -5 : 1 }));
    const kept = thin(points);
    assert.ok(kept.length <= 1100);
    assert.ok(kept.some((point) => point.y === 999) && kept.some((point) => point.y === -5));
    assert.deepEqual([kept[0]?.x, kept.at(-1)?.x], [0, 99_999]);
    assert.ok(kept.every((point, index) => index === 0 || point.x > kept[index - 1]!.x));
    assert.equal(thin(points.slice(0, 10)).length, 10);
    const band = thinRange(points.map(({ x, y }) => ({ x, low: y - 1, high: y + 1 })));
    assert.ok(band.length <= 1000 && band.some((point) => point.high === 1000));
  });

  it("joins over missing rows or leaves a gap, as asked", () => {
    const rows = [1, null, 3];
    const read = (missing: "join" | "gap") =>
      pointsOf(
        rows,
        (row) => row ?? 2,
        (row) => row,
        missing,
      ).map((point) => point.y);
    assert.deepEqual(
      [read("join"), read("gap")],
      [
        [1, 3],
        [1, null, 3],
      ],
    );
  });
});

describe("chart", () => {
  const x = linearScale(0, 10);
  const draw = (...layers: Layer[]) =>
    renderPlot({
      kind: "plot",
      id: "c",
      title: "t",
      unit: "ms",
      describe: "d",
      summary: "s",
      xTitle: "x",
      x,
      y: x,
      layers,
    }).toString();

  it("draws each kind of layer, and a gap lifts the pen", () => {
    const points = [
      { x: 0, y: 1 },
      { x: 1, y: null },
      { x: 2, y: 3 },
    ];
    assert.equal(draw({ kind: "line", name: "a", tone: 1, points }).match(/class="line" d="M[^"]*M/g)?.length, 1);
    assert.match(
      draw({
        kind: "step",
        name: "a",
        tone: 1,
        points: [
          { x: 0, y: 1 },
          { x: 2, y: 3 },
        ],
      }),
      /d="M0 270H200V210"/,
    );
    assert.match(draw({ kind: "scatter", name: "a", tone: 2, points, shape: "hollow" }), /dots hole/);
    assert.match(
      draw({
        kind: "band",
        name: "a",
        tone: 3,
        points: [
          { x: 0, low: 1, high: 2 },
          { x: 1, low: 1, high: 3 },
        ],
      }),
      /class="band" d="M[^"]*Z"/,
    );
    assert.match(
      draw({ kind: "bars", name: "a", tone: 4, bars: [{ fromX: 0, toX: 1, fromY: 0, toY: 2 }] }),
      /class="bars"/,
    );
  });

  it("says that there is nothing to draw", () => {
    assert.match(draw({ kind: "line", name: "a", tone: 1, points: [] }), /class="empty"/);
  });

  it("stacks each span's new disconnects, our own left out", () => {
    const layers = causeBars(sampleIntervals(60)) as Extract<Layer, { kind: "bars" }>[];
    assert.deepEqual(
      layers.map((layer) => layer.name),
      ["upgrade-rejected", "close-frame", "reset"],
    );
    const total = layers.flatMap((layer) => layer.bars).reduce((sum, bar) => sum + bar.toY - bar.fromY, 0);
    assert.equal(total, 10 + 8 + 4);
    assert.ok(causeBars(sampleIntervals(5000)).every((layer) => layer.kind === "bars" && layer.bars.length <= 120));
  });
});

describe("numbers", () => {
  it("read well at every size", () => {
    assert.deepEqual([0, 0.0123, 0.999, 9.996, 21.6, 320, 12_345.6].map(formatMilliseconds), [
      "0",
      "0.012",
      "1.00",
      "10.0",
      "21.6",
      "320",
      "12,346",
    ]);
    assert.deepEqual(
      [0, 1, 999.6, 0.00001, 1234].map((value) => formatNumber(value)),
      ["0", "1", "1,000", "<0.001", "1,234"],
    );
    assert.deepEqual([0, 1, 0.5, 0.00017, 0.00001].map(formatShare), ["0 %", "100 %", "50.0 %", "0.017 %", "0.001 %"]);
    assert.deepEqual(
      [
        formatFigure(null, "count"),
        formatFigure(Number.NaN, "cores"),
        formatFigure(12_000, "milliseconds"),
        formatFigure(20_480, "mebibytes"),
      ],
      ["not measured", "not measured", "12 s", "20 GiB"],
    );
  });
});
