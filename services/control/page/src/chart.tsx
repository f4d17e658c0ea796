/** A panel drawn with uPlot: made once, given new data each second, made again only when its lines change. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { axisLook, axisSize, height, inks, isDark, lineColours, type Phase, phaseMarks, timeAxis, timeScale } from "./chart-look.ts";
import { inUnit } from "./figures.ts";
import type { LiveTick } from "./live-stream.ts";
import type { Panel, PanelSeries } from "./panels.ts";

function dataOf(series: readonly PanelSeries[], ticks: readonly LiveTick[]): uPlot.AlignedData {
  const columns = series.map(({ of }) => ticks.map((tick, index) => of(tick, ticks[index - 1])));
  return [ticks.map(({ interval }) => interval.atMs / 1000), ...columns];
}

/** Where the pointer is; the last value when it is elsewhere. */
function valueAt(chart: uPlot, place: number, at: number | null): number | null | undefined {
  const column = chart.data[place];
  return at === null ? column?.[column.length - 1] : column?.[at];
}

function optionsOf(panel: Panel, series: readonly PanelSeries[], width: number, phases: () => readonly Phase[]): uPlot.Options {
  const colours = lineColours();
  const [ink] = inks();
  return {
    width,
    height,
    cursor: { sync: { key: "run" }, drag: { x: true, y: false } },
    scales: {
      x: timeScale,
      y: { range: (_chart, _low, high) => [0, high > 0 ? high * 1.05 : 1] },
    },
    axes: [timeAxis(), { ...axisLook(), size: axisSize, values: (_chart, values) => values.map((value) => inUnit(value, "")) }],
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
