/** Draws a heatmap panel: cumulative buckets over time become cells, darker where there is more. */

import { timeScale } from "../clients/report/chart/scale.ts";
import { plotHeight, plotWidth, round } from "../clients/report/html/chart/layer-shape.ts";
import { html, type Markup } from "../clients/report/html/markup.ts";
import type { PanelJson } from "./dashboard-queries.ts";
import { type PreviewSeries, stepSeconds } from "./preview-data.ts";
import { unitOf } from "./preview-field.ts";
import type { TimeFrame } from "./preview-time-series.ts";
import { formatUnit } from "./preview-unit.ts";

/** From little to much; a path for each. */
const shades = ["#d8e6f3", "#a9cbe6", "#6fb1c9", "#5fbf8f", "#a5c949", "#ecc22c", "#ea8a2e", "#d8432f", "#9c1f2b"] as const;
/** Grafana's exponent: little things are seen beside big ones. */
const exponent = 0.5;
const mostRowLabels = 7;

interface Row {
  le: number;
  /** Of this bucket alone, by instant. */
  counts: Map<number, number>;
}

export function heatmap(panel: PanelJson, all: readonly PreviewSeries[], { span, marks }: TimeFrame): Markup {
  const rows = occupied(bucketsOf(all));
  const most = Math.max(...rows.flatMap(({ counts }) => [...counts.values()]), 0);
  const x = timeScale(0, span.toMs - span.fromMs);
  const stepMs = stepSeconds(span) * 1000;
  const height = plotHeight / Math.max(1, rows.length);
  const paths = shades.map(() => "");
  rows.forEach(({ counts }, index) => {
    const top = round(plotHeight - (index + 1) * height);
    for (const [atMs, count] of counts) {
      if (count <= 0) continue;
      const [left, right] = [x.place(atMs - stepMs - span.fromMs) * plotWidth, x.place(atMs - span.fromMs) * plotWidth];
      const shade = Math.min(shades.length - 1, Math.floor((count / most) ** exponent * shades.length));
      paths[shade] += `M${round(left)} ${top}h${round(right - left)}v${round(height)}H${round(left)}Z`;
    }
  });
  const every = Math.ceil(rows.length / mostRowLabels);
  const unit = (panel.options?.yAxis as { unit?: string } | undefined)?.unit ?? unitOf(panel);
  const labels = rows.flatMap(({ le }, index) =>
    index % every === 0 ? [html`<span style="bottom:${round(((index + 1) / rows.length) * 100)}%">${formatUnit(le, unit)}</span>`] : [],
  );
  const verticals = marks.map(({ atMs }) => `M${round(x.place(atMs - span.fromMs) * plotWidth)} 0V${plotHeight}`).join("");
  return html`<div class="body above"><div class="plot"><div class="axis left">${labels}</div><div class="canvas"><svg viewBox="0 0 ${plotWidth} ${plotHeight}" preserveAspectRatio="none">${paths.map((path, shade) => html`<path style="fill:${shades[shade]}" d="${path}"/>`)}<path class="phase" d="${verticals}"/></svg></div>
<div class="axis below">${x.ticks.map(({ at, label }) => html`<span style="left:${round(at * 100)}%">${label}</span>`)}</div></div>
<div class="scale"><span>0</span>${shades.map((shade) => html`<i style="background:${shade}"></i>`)}<span>${formatUnit(most, "cps")} a bucket</span></div></div>`;
}

/** Each bucket's own count: what the next lower one has not. */
function bucketsOf(all: readonly PreviewSeries[]): Row[] {
  const sorted = all
    .map(({ labels, points }) => ({ le: labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels.le), points }))
    .sort((a, b) => a.le - b.le);
  let below = new Map<number, number>();
  return sorted.map(({ le, points }) => {
    const cumulative = new Map(points.map(({ atMs, value }) => [atMs, value]));
    const counts = new Map([...cumulative].map(([atMs, value]) => [atMs, value - (below.get(atMs) ?? 0)]));
    below = cumulative;
    return { le, counts };
  });
}

/** From the lowest bucket that holds anything to the highest, with one of room on each side. */
function occupied(rows: readonly Row[]): Row[] {
  const holds = rows.map(({ counts }) => [...counts.values()].some((count) => count > 1e-9));
  const [first, last] = [holds.indexOf(true), holds.lastIndexOf(true)];
  return first < 0 ? [] : rows.slice(Math.max(0, first - 1), last + 2).filter(({ le }) => Number.isFinite(le));
}
