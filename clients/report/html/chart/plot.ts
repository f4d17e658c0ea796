/**
 * One chart of any layers over two axes. The plot is an SVG that stretches with the page (strokes keep their width),
 * the words are HTML around it: so that the same chart is legible on a phone, on paper and on a wide screen, and needs
 * no script.
 */
import type { Layer, Plot } from "../../chart/chart.ts";
import type { Tick } from "../../chart/scale.ts";
import { html, type Markup } from "../markup.ts";
import { across, down, type LayerShape, layerShape, plotHeight, plotWidth, round } from "./layer-shape.ts";

/** A chart as a figure with caption, legend, axes, plot and text alternative. */
export function renderPlot(chart: Plot): Markup {
  const shapes = chart.layers.map((layer) => layerShape(layer, chart.x, chart.y));
  const isEmpty = shapes.every((shape) => shape.parts.length === 0);
  return html`<figure class="chart"><figcaption><h3>${chart.title} <span class="unit">${chart.unit}</span></h3><p class="describe">${chart.describe}</p>${legend(chart, isEmpty)}</figcaption>
${isEmpty ? html`<p class="empty">${chart.empty ?? "Nothing was measured for this chart."}</p>` : plot(chart, shapes)}</figure>`;
}

function legend(chart: Plot, isEmpty: boolean): Markup | null {
  if (isEmpty || chart.layers.length < 2) return null;
  const entries = chart.layers.map((layer) => html`<li class="tone-${layer.tone}">${swatch(layer)}${layer.name}</li>`);
  return html`<ul class="legend">${entries}</ul>`;
}

function swatch(layer: Layer): Markup {
  const kind =
    layer.kind === "scatter"
      ? `dot ${layer.shape}`
      : layer.kind === "bars" || layer.kind === "band"
        ? layer.kind
        : layer.dashed
          ? "dash"
          : "stroke";
  return html`<i class="swatch ${kind}"></i>`;
}

function plot(chart: Plot, shapes: readonly LayerShape[]): Markup {
  const { id, x, y, verticals = [], horizontals = [] } = chart;
  const labelled = verticals.filter((mark) => mark.label !== "");
  return html`<div class="plot${chart.isTall ? " tall" : ""}"><div class="axis-y" aria-hidden="true">${y.ticks.map((tick) => html`<span style="bottom:${percent(tick.at)}">${tick.label}</span>`)}</div>
<div class="canvas"><svg viewBox="0 0 ${plotWidth} ${plotHeight}" preserveAspectRatio="none" role="img" aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">${chart.title}, ${chart.unit}</title><desc id="${id}-desc">${chart.describe} ${chart.summary}</desc>
${grid(x.ticks, y.ticks)}${verticals.map((mark) => html`<path class="vertical" d="M${across(x, mark.at)} 0V${plotHeight}"/>`)}${horizontals.map((mark) => html`<path class="limit" d="M0 ${down(y, mark.at)}H${plotWidth}"/>`)}${shapes.map((shape) => html`<g class="tone-${shape.tone}">${shape.parts}</g>`)}</svg>
${labelled.map((mark) => html`<span class="mark" aria-hidden="true" style="left:${percent(x.place(mark.at))}">${mark.label}</span>`)}${horizontals.map((mark) => html`<span class="mark limit-mark" aria-hidden="true" style="bottom:${percent(y.place(mark.at))}">${mark.label}</span>`)}</div>
<div class="axis-x" aria-hidden="true">${thinTicks(x.ticks).map(({ tick, odd }) => html`<span class="${edge(tick)}${odd ? " odd" : ""}" style="left:${percent(tick.at)}">${tick.label}</span>`)}</div><div class="axis-title" aria-hidden="true">${chart.xTitle}</div></div>`;
}

/** Every second label is left out on narrow pages. */
function thinTicks(ticks: readonly Tick[]): { tick: Tick; odd: boolean }[] {
  return ticks.map((tick, index) => ({ tick, odd: ticks.length > 4 && index % 2 === 1 }));
}

function edge(tick: Tick): string {
  return tick.at > 0.96 ? "last" : "middle";
}

function grid(xTicks: readonly Tick[], yTicks: readonly Tick[]): Markup {
  const rows = yTicks.map(({ at }) => `M0 ${round((1 - at) * plotHeight)}H${plotWidth}`);
  const ticks = xTicks.map(({ at }) => `M${round(at * plotWidth)} ${plotHeight}v-5`);
  return html`<path class="grid" d="${rows.join("")}"/><path class="axis" d="M0 ${plotHeight}H${plotWidth}${ticks.join("")}"/>`;
}

const percent = (share: number) => `${round(share * 100)}%`;
