/** The shapes of one layer of a chart, as SVG paths: a path for each kind of mark, not an element for each point. */
import type { Layer, Tone } from "../../chart/chart.ts";
import type { Scale } from "../../chart/scale.ts";
import { type Point, type RangePoint, thin, thinRange } from "../../chart/series.ts";
import { html, type Markup } from "../markup.ts";

/** The plot's own coordinates; the page stretches them. */
export const plotWidth = 1000;
export const plotHeight = 300;

/** One decimal is a tenth of a pixel at the widest. */
export const round = (value: number) => Math.round(value * 10) / 10;

/** The plot coordinate of a value on each axis. */
export const across = (scale: Scale, value: number) => round(scale.place(value) * plotWidth);
export const down = (scale: Scale, value: number) => round((1 - scale.place(value)) * plotHeight);

export interface LayerShape {
  tone: Tone;
  /** Empty: the layer has nothing to draw. */
  parts: Markup[];
}

/** More points than this are not dotted. */
const mostDots = 80;

/** Draws a layer over its axes; long series are thinned first. */
export function layerShape(layer: Layer, x: Scale, y: Scale): LayerShape {
  return { tone: layer.tone, parts: parts(layer, x, y) };
}

function parts(layer: Layer, x: Scale, y: Scale): Markup[] {
  switch (layer.kind) {
    case "line":
    case "step":
      return lineParts(layer, thin(layer.points), x, y);
    case "scatter":
      return scatterParts(layer.shape, layer.points, x, y);
    case "band":
      return bandParts(thinRange(layer.points), x, y);
    case "bars":
      return barParts(layer.bars, x, y);
  }
}

function lineParts(
  layer: Extract<Layer, { kind: "line" | "step" }>,
  points: readonly Point[],
  x: Scale,
  y: Scale,
): Markup[] {
  const drawn = points.filter((point) => point.y !== null);
  if (drawn.length === 0) return [];
  const line = html`<path class="line${layer.dashed ? " dashed" : ""}" d="${linePath(points, x, y, layer.kind)}"/>`;
  const isDotted = drawn.length === 1 || (layer.dots === true && drawn.length <= mostDots);
  return isDotted ? [line, html`<path class="dots small" d="${dotPath(drawn, x, y)}"/>`] : [line];
}

function linePath(points: readonly Point[], x: Scale, y: Scale, kind: "line" | "step"): string {
  let path = "";
  let isPenUp = true;
  for (const point of points) {
    if (point.y === null) {
      isPenUp = true;
      continue;
    }
    const [px, py] = [across(x, point.x), down(y, point.y)];
    path += isPenUp ? `M${px} ${py}` : kind === "step" ? `H${px}V${py}` : `L${px} ${py}`;
    isPenUp = false;
  }
  return path;
}

/** A line of no length with a round cap is a dot that no stretching turns into an ellipse. */
function dotPath(points: readonly Point[], x: Scale, y: Scale): string {
  return points.map((point) => (point.y === null ? "" : `M${across(x, point.x)} ${down(y, point.y)}h0`)).join("");
}

function scatterParts(shape: "filled" | "square" | "hollow", points: readonly Point[], x: Scale, y: Scale): Markup[] {
  const path = dotPath(points, x, y);
  if (path === "") return [];
  const dots = html`<path class="dots ${shape}" d="${path}"/>`;
  return shape === "hollow" ? [dots, html`<path class="dots hole" d="${path}"/>`] : [dots];
}

function bandParts(points: readonly RangePoint[], x: Scale, y: Scale): Markup[] {
  if (points.length === 0) return [];
  const upper = points.map((point) => `${across(x, point.x)} ${down(y, point.high)}`);
  const lower = points.map((point) => `${across(x, point.x)} ${down(y, point.low)}`).reverse();
  return [html`<path class="band" d="M${[...upper, ...lower].join("L")}Z"/>`];
}

function barParts(bars: Extract<Layer, { kind: "bars" }>["bars"], x: Scale, y: Scale): Markup[] {
  const path = bars
    .filter((bar) => bar.toY > bar.fromY)
    .map((bar) => {
      const [left, right, top, bottom] = [
        across(x, bar.fromX),
        across(x, bar.toX),
        down(y, bar.toY),
        down(y, bar.fromY),
      ];
      const height = Math.max(bottom - top, 1.5);
      return `M${left} ${Math.min(bottom, plotHeight)}v${-height}h${Math.max(1.5, right - left)}v${height}Z`;
    })
    .join("");
  return path === "" ? [] : [html`<path class="bars" d="${path}"/>`];
}
