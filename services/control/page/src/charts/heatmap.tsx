/** The heatmap panel: the chart, the selected cell as text, and the whole as a sentence and a table. */
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import type uPlot from "uplot";
import { countIn, countOfAll } from "../../../../../clients/measure/histogram/bucket-counts.ts";
import { cellText, heatShares, heatSummary, heatTotal, rowText, shareText } from "../../../live/heat-columns.ts";
import { grouped } from "../figures.ts";
import type { LiveTick } from "../live/live-stream.ts";
import { heatColours, height, isDark, type Phase } from "./chart-look.ts";
import { type CellPlace, columnAt, type Heat, heatData, heatOf, plotHeat, pointAt } from "./heat-plot.ts";
import type { HeatPanel } from "./panel.ts";

/** Before the panel's width is known. */
const usualWidth = 400;

interface HeatmapProps {
  panel: HeatPanel;
  ticks: readonly LiveTick[];
  phases: readonly Phase[];
}

export function Heatmap({ panel, ticks, phases }: HeatmapProps) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const width = useSignal(usualWidth);
  const place = useSignal<CellPlace | null>(null);
  /** The cell selected with the keyboard: it stays selected while seconds are added. */
  const held = useRef<CellPlace | null>(null);
  const summaryId = useId();
  const heat = heatOf(ticks, panel, width.value);
  const latest = useRef({ heat, phases });
  latest.current = { heat, phases };
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    // A selected cell may be narrower than a pixel, so it is not derived from the crosshair's position.
    const pointed = (at: CellPlace | null) => {
      place.value = held.current ?? at;
    };
    const made = plotHeat(element, ticks, {
      heat: () => latest.current.heat,
      phases: () => latest.current.phases,
      pointed,
    });
    chart.current = made;
    const observer = new ResizeObserver(() => {
      width.value = element.clientWidth;
      made.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [isDark.value]);
  useEffect(() => {
    const made = chart.current;
    if (made === null) return;
    made.setData(heatData(ticks, heat));
    if (held.current !== null) pointAt(made, held.current);
  }, [ticks, phases, width.value]);
  const choose = (next: CellPlace | null) => {
    held.current = next;
    if (chart.current === null) return;
    if (next === null) chart.current.setCursor({ left: -10, top: -10 });
    else pointAt(chart.current, next);
  };
  const pressed = (event: KeyboardEvent) => {
    const next = nextCell(heat, held.current, event.key);
    if (next === null) return;
    event.preventDefault();
    choose(next);
  };
  return (
    <figure class="panel">
      <figcaption>
        {panel.title}
        <span class="quiet">
          {" "}
          {panel.unit}, share of the second's {panel.noun}
        </span>
      </figcaption>
      {/* An application: the arrow keys are ours while it has the focus. */}
      <div
        ref={holder}
        class="plot"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard reads its cells
        tabIndex={0}
        aria-roledescription="heatmap"
        aria-label={`${panel.title}, heatmap: use the arrow keys to step through the cells`}
        aria-describedby={summaryId}
        onKeyDown={pressed}
        onPointerMove={() => {
          held.current = null;
        }}
        onBlur={() => choose(null)}
      />
      <div class="below-heat">
        <output class="readout">{readout(heat, place.value, panel.noun)}</output>
        <HeatKey />
      </div>
      <p class="unseen" id={summaryId}>
        {heatSummary(heat.columns, panel.noun)}
      </p>
      <HeatTable heat={heat} noun={panel.noun} />
    </figure>
  );
}

function readout(heat: Heat, place: CellPlace | null, noun: string): string {
  if (place === null) return "Point at a cell, or use the arrow keys.";
  const column = columnAt(heat, place.ms);
  return column === undefined ? `${Math.round(place.ms / 1000)} s: no ${noun}` : cellText(column, place.row, noun);
}

/** The cell a key leads to; null for other keys. The first key leads to the fullest cell of a column, the last unless it was Home. */
function nextCell({ columns, rows }: Heat, held: CellPlace | null, key: string): CellPlace | null {
  const last = columns.length - 1;
  if (last < 0 || !["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(key)) return null;
  const found = held === null ? -1 : columns.findIndex(({ toMs }) => held.ms <= toMs);
  const at = found === -1 ? last : found;
  const columnOf: Record<string, number> =
    held === null ? { Home: 0 } : { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last };
  const column = columns[Math.min(last, Math.max(0, columnOf[key] ?? at))];
  if (column === undefined) return null;
  const { from, counts } = column.buckets;
  const step = key === "ArrowUp" ? 1 : key === "ArrowDown" ? -1 : 0;
  const row =
    held === null
      ? from + counts.indexOf(Math.max(...counts))
      : Math.min(rows.to - 1, Math.max(rows.from, held.row + step));
  return { ms: (column.fromMs + column.toMs) / 2, row };
}

/** Explains the colours. */
function HeatKey() {
  const colours = heatColours();
  return (
    <ul class="heat-key quiet" aria-label="Colour scale, by minimum share">
      {heatShares.map((share, index) => (
        <li key={share}>
          <span style={{ background: colours[index] }} />
          {share === 0 ? "below 0.1 %" : `${share * 100} %`}
        </li>
      ))}
    </ul>
  );
}

/** The distribution of everything drawn, slowest first. */
function HeatTable({ heat, noun }: { heat: Heat; noun: string }) {
  const total = heatTotal(heat.columns);
  const count = countOfAll(total);
  const rows = total.counts.map((_, index) => total.from + index).reverse();
  return (
    <details>
      <summary>As a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">latency</th>
            <th scope="col">{noun}</th>
            <th scope="col">share</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row} data-row={row}>
              <th scope="row">{rowText(row)}</th>
              <td>{grouped(countIn(total, row))}</td>
              <td>{shareText(countIn(total, row), count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
