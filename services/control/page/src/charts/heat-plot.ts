/** The heatmap's chart: a uPlot with cells drawn on its grid, and the position of a cell on it. */
import uPlot from "uplot";
import { type HeatColumn, heatColumns, heatRows, heatStep, heatTotal, rowTop } from "../../../live/heat-columns.ts";
import type { LiveTick } from "../live/live-stream.ts";
import { axisLook, axisSize, heatColours, height, type Phase, phaseBands, timeAxis, timeScale } from "./chart-look.ts";
import type { HeatPanel } from "./panel.ts";

/** Narrowest column that can still be pointed at, CSS pixels. */
const narrowestColumn = 2;

/** What is currently drawn. */
export interface Heat {
  columns: HeatColumn[];
  rows: { from: number; to: number };
}

/** The cell under the pointer: an instant within its column, and its row. */
export interface CellPlace {
  ms: number;
  row: number;
}

/** The columns for the ticks, as many as fit the width. */
export function heatOf(ticks: readonly LiveTick[], { heat }: HeatPanel, width: number): Heat {
  const most = Math.max(20, Math.floor((width - axisSize) / narrowestColumn));
  const columns = heatColumns(
    ticks.map(({ interval }) => ({ atMs: interval.atMs, buckets: interval.buckets?.[heat] })),
    most,
  );
  return { columns, rows: heatRows(heatTotal(columns)) };
}

/**
 * The times of the ticks, so that the time axis lines up with other panels; the line only sets the scale of the rows.
 */
export const heatData = (ticks: readonly LiveTick[], { rows }: Heat): uPlot.AlignedData => [
  ticks.map(({ interval }) => interval.atMs / 1000),
  ticks.map(() => rows.from),
];

export const columnAt = ({ columns }: Heat, ms: number): HeatColumn | undefined =>
  columns.find(({ fromMs, toMs }) => ms > fromMs && ms <= toMs);

/** The position of the crosshair; null when it is outside, or synchronized from another panel and has no height. */
export function placeAt(chart: uPlot): CellPlace | null {
  const { left = -1, top = -1 } = chart.cursor;
  if (left < 0 || top < 0) return null;
  return { ms: chart.posToVal(left, "x") * 1000, row: Math.floor(chart.posToVal(top, "y")) };
}

export function pointAt(chart: uPlot, { ms, row }: CellPlace): void {
  chart.setCursor({ left: chart.valToPos(ms / 1000, "x"), top: chart.valToPos(row + 0.5, "y") });
}

function drawCells(chart: uPlot, { columns, rows }: Heat): void {
  const { ctx, bbox } = chart;
  const colours = heatColours();
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const column of columns) {
    const left = Math.round(chart.valToPos(column.fromMs / 1000, "x", true));
    const right = Math.max(left + 1, Math.round(chart.valToPos(column.toMs / 1000, "x", true)));
    for (let row = rows.from; row < rows.to; row++) {
      const step = heatStep(column, row);
      if (step < 0) continue;
      const [top, bottom] = [
        Math.round(chart.valToPos(row + 1, "y", true)),
        Math.round(chart.valToPos(row, "y", true)),
      ];
      ctx.fillStyle = colours[step] ?? "";
      ctx.fillRect(left, top, right - left, bottom - top);
    }
  }
  ctx.restore();
}

/** Borders between labelled rows: every second one, so that labels double. */
function splits({ rows }: Heat): number[] {
  const every = rows.to - rows.from > 16 ? 4 : 2;
  return Array.from({ length: rows.to - rows.from + 1 }, (_, index) => rows.from + index).filter(
    (border) => (border + every - 1) % every === 0,
  );
}

interface Reads {
  heat: () => Heat;
  phases: () => readonly Phase[];
  pointed: (place: CellPlace | null) => void;
}

export function plotHeat(element: HTMLElement, ticks: readonly LiveTick[], { heat, phases, pointed }: Reads): uPlot {
  const options: uPlot.Options = {
    width: element.clientWidth,
    height,
    padding: [8, 8, 0, 0],
    cursor: { sync: { key: "run" }, drag: { x: true, y: false }, points: { show: false } },
    scales: { x: timeScale, y: { range: () => [heat().rows.from, heat().rows.to] } },
    axes: [
      timeAxis(),
      {
        ...axisLook(),
        size: axisSize,
        splits: () => splits(heat()),
        values: (_chart, borders) => borders.map((border) => rowTop(border - 1)),
      },
    ],
    series: [{}, { paths: () => null, points: { show: false } }],
    plugins: [
      { hooks: { drawAxes: (chart) => drawCells(chart, heat()), setCursor: (chart) => pointed(placeAt(chart)) } },
      phaseBands(phases, false),
    ],
    legend: { show: false },
  };
  return new uPlot(options, heatData(ticks, heat()), element);
}
