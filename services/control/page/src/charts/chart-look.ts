/**
 * The look shared by all panels: colours by the reader's preference, axes, phase bands, and marks where connections
 * were lost.
 */

import { signal } from "@preact/signals";
import type uPlot from "uplot";
import { phaseName } from "../../../../../clients/measure/phase.ts";

const darkQuery = matchMedia("(prefers-color-scheme: dark)");
export const isDark = signal(darkQuery.matches);
darkQuery.addEventListener("change", () => {
  isDark.value = darkQuery.matches;
});

/**
 * From few to many values: one hue in which only lightness encodes the order, increasing in contrast to the background.
 */
const lightHeat = ["#c6dcf0", "#93c0e4", "#5a9fd4", "#2d7bbb", "#165690", "#082f56"];
const darkHeat = ["#1f4468", "#29629a", "#3a84c8", "#6aabe4", "#a5d0f5", "#e6f3ff"];
export const heatColours = (): readonly string[] => (isDark.value ? darkHeat : lightHeat);

/** Heights of a panel and of the main chart, CSS pixels. */
export const height = 150;
export const pictureHeight = 240;
/** Width of the value axis, CSS pixels: equal for all panels, so that their time axes line up. */
export const axisSize = 56;

/** Colours of text and grid. */
export const inks = (): readonly [ink: string, grid: string] =>
  isDark.value ? ["#9aa7b4", "#2f3741"] : ["#526074", "#e8edf2"];

const axisFont = "11px system-ui, sans-serif";

export function axisLook(): uPlot.Axis {
  const [ink, grid] = inks();
  return { stroke: ink, font: axisFont, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
}

/** Seconds of the run as "90 s" or "1:30". */
function clock(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toFixed(1))} s`;
  const [minutes, rest] = [Math.floor(seconds / 60), Math.round(seconds % 60)];
  return minutes < 60
    ? `${minutes}:${`${rest}`.padStart(2, "0")}`
    : `${Math.floor(minutes / 60)}:${`${minutes % 60}`.padStart(2, "0")}:${`${rest}`.padStart(2, "0")}`;
}

export const timeAxis = (): uPlot.Axis => ({
  ...axisLook(),
  size: 28,
  space: 64,
  values: (_chart, values) => values.map(clock),
});
export const timeScale: uPlot.Scale = {
  time: false,
  range: (_chart, low, high) => [Math.max(0, low - 1), Math.max(high, low + 1)],
};

export type Phase = { phase: string; atMs: number; stage?: number };

/** Background of each phase; the hold, in which figures are judged, has the panel's own. */
const bands: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  prepare: ["#eef1f4", "#232a33"],
  ramp: ["#e4eef9", "#1b2b3d"],
  storm: ["#fdeedd", "#3a2a17"],
  drain: ["#eef1f4", "#232a33"],
  done: ["#eef1f4", "#232a33"],
};

/** A band for each phase behind the lines, with its name at the top where there is room. */
export function phaseBands(phases: () => readonly Phase[], isNamed: boolean): uPlot.Plugin {
  const draw = (chart: uPlot) => {
    const { ctx, bbox } = chart;
    const all = phases();
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    for (const [index, { phase, atMs, stage }] of all.entries()) {
      const next = all[index + 1];
      const left = Math.max(bbox.left, chart.valToPos(atMs / 1000, "x", true));
      const right = Math.min(
        bbox.left + bbox.width,
        next === undefined ? Number.POSITIVE_INFINITY : chart.valToPos(next.atMs / 1000, "x", true),
      );
      if (right <= left) continue;
      const shades = bands[phase];
      if (shades !== undefined) {
        ctx.fillStyle = shades[isDark.value ? 1 : 0];
        ctx.fillRect(left, bbox.top, right - left, bbox.height);
      }
      const name = phaseName(phase, stage);
      if (!isNamed || ctx.measureText(name).width + 12 * devicePixelRatio > right - left) continue;
      ctx.fillStyle = inks()[0];
      ctx.fillText(name, left + 6 * devicePixelRatio, bbox.top + 14 * devicePixelRatio);
    }
    ctx.restore();
  };
  return { hooks: { drawClear: draw } };
}

export interface Mark {
  atMs: number;
  count: number;
}

/** A line with a triangle at its base, where connections were lost. */
export function lossMarks(marks: () => readonly Mark[], colour: () => string): uPlot.Plugin {
  const draw = (chart: uPlot) => {
    const { ctx, bbox } = chart;
    const foot = bbox.top + bbox.height;
    const half = 5 * devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = colour();
    ctx.fillStyle = colour();
    ctx.lineWidth = 1.5 * devicePixelRatio;
    for (const { atMs } of marks()) {
      const x = chart.valToPos(atMs / 1000, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.globalAlpha = 0.45;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, foot);
      ctx.stroke();
      ctx.globalAlpha = 1;
      ctx.beginPath();
      ctx.moveTo(x, foot - 1.6 * half);
      ctx.lineTo(x + half, foot);
      ctx.lineTo(x - half, foot);
      ctx.fill();
    }
    ctx.restore();
  };
  return { hooks: { draw } };
}
