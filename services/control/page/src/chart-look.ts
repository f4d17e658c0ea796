/** What all panels look like: colours by the reader's preference, axes, and the marks of the phases. */
import { signal } from "@preact/signals";
import type uPlot from "uplot";

const darkQuery = matchMedia("(prefers-color-scheme: dark)");
export const isDark = signal(darkQuery.matches);
darkQuery.addEventListener("change", () => {
  isDark.value = darkQuery.matches;
});

/** Told apart by most kinds of colour sight, on light and on dark. */
const lightColours = ["#1b6ca8", "#c2410c", "#15803d", "#7e22ce", "#b91c1c", "#0e7490", "#a16207", "#475569"];
const darkColours = ["#6cb6ff", "#f0883e", "#57ab5a", "#c297ff", "#f47067", "#39c5cf", "#daaa3f", "#adbac7"];
export const lineColours = (): readonly string[] => (isDark.value ? darkColours : lightColours);

/** From few to many, away from the ground: one hue whose lightness alone tells the order. */
const lightHeat = ["#c6dcf0", "#93c0e4", "#5a9fd4", "#2d7bbb", "#165690", "#082f56"];
const darkHeat = ["#1f4468", "#29629a", "#3a84c8", "#6aabe4", "#a5d0f5", "#e6f3ff"];
export const heatColours = (): readonly string[] => (isDark.value ? darkHeat : lightHeat);

export const height = 180;
/** Of the value axis, so that the times of all panels stand below each other. */
export const axisSize = 64;

/** Colours of text and grid. */
export const inks = (): readonly [ink: string, grid: string] => (isDark.value ? ["#adbac7", "#373e47"] : ["#475569", "#e2e8f0"]);

export function axisLook(): uPlot.Axis {
  const [ink, grid] = inks();
  return { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
}

export const timeAxis = (): uPlot.Axis => ({ ...axisLook(), values: (_chart, values) => values.map((value) => `${value} s`) });
export const timeScale: uPlot.Scale = { time: false, range: (_chart, low, high) => [Math.max(0, low - 1), Math.max(high, low + 1)] };

export type Phase = { phase: string; atMs: number };

/** Upright marks where a phase began. */
export function phaseMarks(phases: () => readonly Phase[], colour: string): uPlot.Plugin {
  const draw = (chart: uPlot) => {
    const { ctx, bbox } = chart;
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.fillStyle = colour;
    ctx.font = `${10 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.setLineDash([4, 4]);
    ctx.textAlign = "left";
    for (const [index, { phase, atMs }] of phases().entries()) {
      const x = chart.valToPos(atMs / 1000, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.fillText(phase, x + 3 * devicePixelRatio, bbox.top + (10 + 11 * (index % 3)) * devicePixelRatio);
    }
    ctx.restore();
  };
  return { hooks: { draw } };
}
