/** Draws panels with a time axis: lines, stacked bars, states, heatmaps. */
import type { Layer } from "../clients/report/chart/chart.ts";
import { linearScale, type Scale, timeScale } from "../clients/report/chart/scale.ts";
import { layerShape, plotHeight, plotWidth, round } from "../clients/report/html/chart/layer-shape.ts";
import { html, type Markup } from "../clients/report/html/markup.ts";
import type { PanelJson } from "./dashboard-queries.ts";
import { type PreviewSeries, type Span, stepSeconds } from "./preview-data.ts";
import { type Field, fieldOf, mappedText, shaded, unitOf } from "./preview-field.ts";
import { formatUnit } from "./preview-unit.ts";

/** An instant at which a phase began. */
export interface PhaseMark {
  atMs: number;
  label: string;
}

export interface TimeFrame {
  span: Span;
  marks: readonly PhaseMark[];
}

interface Drawn {
  series: PreviewSeries;
  field: Field;
  colour: string;
  layer: Layer;
}

/** Lines or stacked bars with their legend. */
export function timeSeries(panel: PanelJson, all: readonly PreviewSeries[], frame: TimeFrame): Markup {
  const fields = all.map((series, index) => fieldOf(panel, series, index));
  const colours = shaded(fields.map(({ colour }) => colour));
  const isStacked = panel.fieldConfig?.defaults.custom?.stacking?.mode === "normal";
  const stacks = new Map<number, number>();
  const drawn = all.map((series, index): Drawn => {
    const layer = isStacked ? barsOf(series, frame, stacks) : lineOf(series, frame);
    return { series, field: fields[index]!, colour: colours[index]!, layer };
  });
  const left = drawn.filter(({ field }) => !field.isRight);
  const right = drawn.filter(({ field }) => field.isRight);
  const tops = isStacked ? [...stacks.values()] : undefined;
  const y = axisOf(panel, left, tops);
  const yRight = right.length === 0 ? null : axisOf(panel, right);
  const isBeside = panel.gridPos.w >= 12;
  const x = timeScale(0, frame.span.toMs - frame.span.fromMs, isBeside && panel.gridPos.w < 24 ? 4 : 6);
  const shapes = drawn.map(
    ({ layer, colour, field }) => html`<g style="--tone:${colour}">${layerShape(layer, x, field.isRight && yRight !== null ? yRight : y).parts}</g>`,
  );
  return html`<div class="body ${isBeside ? "beside" : "above"}">${plotOf(shapes, x, y, yRight, frame)}${legendOf(drawn, isBeside)}</div>`;
}

/** Gaps wider than three steps stay gaps. */
function lineOf({ points }: PreviewSeries, { span }: TimeFrame): Layer {
  const widestMs = 3000 * stepSeconds(span);
  const line = points.flatMap(({ atMs, value }, index) => {
    const before = points[index - 1]?.atMs;
    const point = { x: atMs - span.fromMs, y: value };
    return before !== undefined && atMs - before > widestMs ? [{ x: before - span.fromMs, y: null }, point] : [point];
  });
  return { name: "", tone: 1, kind: "line", points: line };
}

function barsOf({ points }: PreviewSeries, { span }: TimeFrame, stacks: Map<number, number>): Layer {
  const halfMs = stepSeconds(span) * 450;
  const bars = points.map(({ atMs, value }) => {
    const fromY = stacks.get(atMs) ?? 0;
    stacks.set(atMs, fromY + value);
    return { fromX: atMs - span.fromMs - halfMs, toX: atMs - span.fromMs + halfMs, fromY, toY: fromY + value };
  });
  return { name: "", tone: 1, kind: "bars", bars };
}

function axisOf(panel: PanelJson, drawn: readonly Drawn[], tops?: readonly number[]): Scale {
  const unit = drawn[0]?.field.unit ?? unitOf(panel);
  const values = tops ?? drawn.flatMap(({ series }) => series.points.map(({ value }) => value));
  const highest = values.reduce((most, value) => (Number.isFinite(value) && value > most ? value : most), 0);
  const top = panel.fieldConfig?.defaults.max ?? highest;
  // Round numbers of bytes are multiples of powers of 1,024.
  const step = unit === "bytes" && top > 0 ? 1024 ** Math.floor(Math.log(top) / Math.log(1024)) : 1;
  const scale = linearScale(0, top / step, (value) => formatUnit(value * step, unit), 4);
  return { ...scale, place: (value) => scale.place(value / step) };
}

/** Room for the longest label, about 6 pixels a character. */
const labelWidth = ({ ticks }: Scale): number => 10 + 6 * Math.max(...ticks.map(({ label }) => label.length));

const percent = (share: number): string => `${round(share * 100)}%`;

function plotOf(shapes: readonly Markup[], x: Scale, y: Scale, right: Scale | null, { span, marks }: TimeFrame): Markup {
  const rows = y.ticks.map(({ at }) => `M0 ${round((1 - at) * plotHeight)}H${plotWidth}`).join("");
  const verticals = marks.map(({ atMs }) => `M${round(x.place(atMs - span.fromMs) * plotWidth)} 0V${plotHeight}`).join("");
  const labels = (scale: Scale, side: string): Markup =>
    html`<div class="axis ${side}" style="width:${labelWidth(scale)}px">${scale.ticks.map(({ at, label }) => html`<span style="bottom:${percent(at)}">${label}</span>`)}</div>`;
  return html`<div class="plot">${labels(y, "left")}<div class="canvas"><svg viewBox="0 0 ${plotWidth} ${plotHeight}" preserveAspectRatio="none"><path class="grid" d="${rows}"/>${shapes}<path class="phase" d="${verticals}"/></svg></div>${right === null ? null : labels(right, "right")}
<div class="axis below">${x.ticks.map(({ at, label }) => html`<span style="left:${percent(at)}">${label}</span>`)}</div></div>`;
}

const lastOf = ({ points }: PreviewSeries): number => points.at(-1)?.value ?? Number.NaN;
const mostOf = ({ points }: PreviewSeries): number => points.reduce((most, { value }) => Math.max(most, value), Number.NEGATIVE_INFINITY);

function legendOf(drawn: readonly Drawn[], isBeside: boolean): Markup {
  const key = (colour: string, name: string): Markup => html`<i style="background:${colour}"></i>${name}`;
  if (!isBeside) return html`<ul class="legend">${drawn.map(({ colour, series }) => html`<li>${key(colour, series.name)}</li>`)}</ul>`;
  const rows = drawn.map(
    ({ colour, series, field }) =>
      html`<tr><th>${key(colour, series.name)}</th><td>${formatUnit(lastOf(series), field.unit)}</td><td>${formatUnit(mostOf(series), field.unit)}</td></tr>`,
  );
  return html`<table class="legend"><tr><th></th><td>Last</td><td>Max</td></tr>${rows}</table>`;
}

/** A band for each series, in the colour and word of its state. */
export function stateTimeline(panel: PanelJson, all: readonly PreviewSeries[], { span }: TimeFrame): Markup {
  const lengthMs = span.toMs - span.fromMs;
  const x = timeScale(0, lengthMs);
  const stepMs = stepSeconds(span) * 1000;
  const rows = all.map((series) => {
    const parts = statesOf(series, stepMs).map(({ fromMs, toMs, value }) => {
      const state = mappedText(panel, value) ?? { text: `${value}`, colour: "#888" };
      const [from, to] = [x.place(fromMs - span.fromMs), x.place(toMs - span.fromMs)];
      return html`<span style="left:${percent(from)};width:${percent(to - from)};background:${state.colour}">${to - from > 0.04 ? state.text : ""}</span>`;
    });
    return html`<div class="state"><b>${series.name}</b><div>${parts}</div></div>`;
  });
  return html`<div class="body states">${rows}<div class="state"><b></b><div class="axis below">${x.ticks.map(({ at, label }) => html`<span style="left:${percent(at)}">${label}</span>`)}</div></div></div>`;
}

function statesOf({ points }: PreviewSeries, stepMs: number): { fromMs: number; toMs: number; value: number }[] {
  const states: { fromMs: number; toMs: number; value: number }[] = [];
  for (const { atMs, value } of points) {
    const last = states.at(-1);
    if (last !== undefined && last.value === value && atMs - last.toMs <= stepMs) last.toMs = atMs + stepMs;
    else states.push({ fromMs: atMs, toMs: atMs + stepMs, value });
  }
  return states;
}
