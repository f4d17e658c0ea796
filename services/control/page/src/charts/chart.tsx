/** A panel drawn with uPlot: created once, updated every second, recreated only when its lines change. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { inUnit } from "../figures.ts";
import type { LiveTick } from "../live/live-stream.ts";
import {
  axisLook,
  axisSize,
  height,
  isDark,
  lossMarks,
  type Mark,
  type Phase,
  phaseBands,
  pictureHeight,
  timeAxis,
  timeScale,
} from "./chart-look.ts";
import { Legend } from "./legend.tsx";
import { colourOf, isDashed } from "./meaning-colours.ts";
import type { Panel, PanelSeries } from "./panel.ts";

function dataOf(series: readonly PanelSeries[], ticks: readonly LiveTick[]): uPlot.AlignedData {
  const columns = series.map(({ of }) => ticks.map((tick, index) => of(tick, ticks[index - 1])));
  return [ticks.map(({ interval }) => interval.atMs / 1000), ...columns];
}

interface Looks {
  width: number;
  phases: () => readonly Phase[];
  /** Null: this panel shows no marks. */
  marks: (() => readonly Mark[]) | null;
  pointed: (at: number | null) => void;
}

function optionsOf(series: readonly PanelSeries[], { width, phases, marks, pointed }: Looks): uPlot.Options {
  const isPicture = marks !== null;
  return {
    width,
    height: isPicture ? pictureHeight : height,
    padding: [8, 8, 0, 0],
    cursor: { sync: { key: "run" }, drag: { x: true, y: false } },
    scales: {
      x: timeScale,
      y: { range: (_chart, _low, high) => [0, high > 0 ? high * (isPicture ? 1.16 : 1.08) : 1] },
    },
    axes: [
      timeAxis(),
      {
        ...axisLook(),
        size: axisSize,
        space: 32,
        values: (_chart, values) => values.map((value) => inUnit(value, "")),
      },
    ],
    series: [
      {},
      ...series.map(({ label }) => ({
        label,
        stroke: colourOf(label, isDark.value),
        width: isPicture && label === "open" ? 2 : 1.5,
        ...(isDashed(label) ? { dash: [6, 5] } : {}),
        ...(isPicture && label === "open" ? { fill: `${colourOf(label, isDark.value)}26` } : {}),
        spanGaps: true,
        points: { show: false },
      })),
    ],
    plugins: [
      phaseBands(phases, isPicture),
      ...(marks === null ? [] : [lossMarks(marks, () => colourOf("lost", isDark.value))]),
      { hooks: { setCursor: ({ cursor }) => pointed(cursor.idx ?? null) } },
    ],
    legend: { show: false },
  };
}

interface ChartProps {
  panel: Panel;
  ticks: readonly LiveTick[];
  phases: readonly Phase[];
  /** Where connections were lost; makes this panel the main chart. */
  marks?: readonly Mark[];
}

export function Chart({ panel, ticks, phases, marks }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const pointed = useSignal<number | null>(null);
  const latest = useRef({ phases, marks: marks ?? [] });
  latest.current = { phases, marks: marks ?? [] };
  const last = ticks.at(-1);
  const series = last === undefined ? [] : panel.series(last);
  const look = `${isDark.value} ${series.map(({ label }) => label).join("|")}`;
  useEffect(() => {
    const element = holder.current;
    if (element === null || series.length === 0) return;
    const looks: Looks = {
      width: element.clientWidth,
      phases: () => latest.current.phases,
      marks: marks === undefined ? null : () => latest.current.marks,
      pointed: (at) => {
        pointed.value = at;
      },
    };
    const made = new uPlot(optionsOf(series, looks), dataOf(series, ticks), element);
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: made.height }));
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
  const at = pointed.value ?? ticks.length - 1;
  const read = ticks[at];
  const entries = series.map(({ label, of }) => ({
    label,
    value: inUnit(read === undefined ? null : of(read, ticks[at - 1]), panel.unit),
  }));
  return (
    <figure class="panel" aria-label={panel.title}>
      <figcaption>
        {panel.title}
        {panel.unit === "" ? "" : <span class="quiet"> {panel.unit}</span>}
      </figcaption>
      <div ref={holder} class="plot" aria-hidden="true" />
      <Legend entries={entries} isDark={isDark.value} />
    </figure>
  );
}
