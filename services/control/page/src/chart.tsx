/** A panel drawn with uPlot: made once, given new data each second, made again only when its lines change. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { inUnit } from "./figures.ts";
import type { LiveTick } from "./live-stream.ts";
import type { Panel, PanelSeries } from "./panels.ts";

const darkQuery = matchMedia("(prefers-color-scheme: dark)");
const isDark = signal(darkQuery.matches);
darkQuery.addEventListener("change", () => {
  isDark.value = darkQuery.matches;
});

/** Told apart by most kinds of colour sight, on light and on dark. */
const lightColours = ["#1b6ca8", "#c2410c", "#15803d", "#7e22ce", "#b91c1c", "#0e7490", "#a16207", "#475569"];
const darkColours = ["#6cb6ff", "#f0883e", "#57ab5a", "#c297ff", "#f47067", "#39c5cf", "#daaa3f", "#adbac7"];
const height = 180;

type Phase = { phase: string; atMs: number };

function dataOf(series: readonly PanelSeries[], ticks: readonly LiveTick[]): uPlot.AlignedData {
  const columns = series.map(({ of }) => ticks.map((tick, index) => of(tick, ticks[index - 1])));
  return [ticks.map(({ interval }) => interval.atMs / 1000), ...columns];
}

/** Upright marks where a phase began. */
function phaseMarks(phases: () => readonly Phase[], colour: string): uPlot.Plugin {
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

/** Where the pointer is; the last value when it is elsewhere. */
function valueAt(chart: uPlot, place: number, at: number | null): number | null | undefined {
  const column = chart.data[place];
  return at === null ? column?.[column.length - 1] : column?.[at];
}

function optionsOf(panel: Panel, series: readonly PanelSeries[], width: number, phases: () => readonly Phase[]): uPlot.Options {
  const colours = isDark.value ? darkColours : lightColours;
  const [ink, grid] = isDark.value ? ["#adbac7", "#373e47"] : ["#475569", "#e2e8f0"];
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  return {
    width,
    height,
    cursor: { sync: { key: "run" }, drag: { x: true, y: false } },
    scales: {
      x: { time: false, range: (_chart, low, high) => [Math.max(0, low - 1), Math.max(high, low + 1)] },
      y: { range: (_chart, _low, high) => [0, high > 0 ? high * 1.05 : 1] },
    },
    axes: [
      { ...axis, values: (_chart, values) => values.map((value) => `${value} s`) },
      { ...axis, size: 64, values: (_chart, values) => values.map((value) => inUnit(value, "")) },
    ],
    series: [
      { label: "time", value: (chart, _value, place, at) => inUnit(valueAt(chart, place, at), "s") },
      ...series.map(({ label }, index) => ({
        label,
        stroke: colours[index % colours.length] ?? ink,
        width: 1.5,
        spanGaps: true,
        points: { size: 4 },
        value: (chart: uPlot, _value: number | null, place: number, at: number | null) => inUnit(valueAt(chart, place, at), panel.unit),
      })),
    ],
    plugins: [phaseMarks(phases, ink)],
    legend: { live: true },
  };
}

export function Chart({ panel, ticks, phases }: { panel: Panel; ticks: readonly LiveTick[]; phases: readonly Phase[] }) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(phases);
  latest.current = phases;
  const last = ticks.at(-1);
  const series = last === undefined ? [] : panel.series(last);
  const look = `${isDark.value} ${series.map(({ label }) => label).join("|")}`;
  useEffect(() => {
    const element = holder.current;
    if (element === null || series.length === 0) return;
    const made = new uPlot(
      optionsOf(panel, series, element.clientWidth, () => latest.current),
      dataOf(series, ticks),
      element,
    );
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [look]);
  useEffect(() => {
    if (series.length > 0) chart.current?.setData(dataOf(series, ticks));
  }, [ticks, phases]);
  return (
    <figure class="panel">
      <figcaption>
        {panel.title}
        {panel.unit === "" ? "" : <span class="quiet"> {panel.unit}</span>}
      </figcaption>
      <div ref={holder} class="plot" />
    </figure>
  );
}
