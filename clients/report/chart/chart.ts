/** Charts as data: what is drawn over which axes. How that becomes a picture is the page's business. */
import type { Flame } from "../../measure/profile/call-tree.ts";
import type { Unit } from "../model/format.ts";
import type { Scale } from "./scale.ts";
import type { Point, RangePoint } from "./series.ts";

/** Colours by number, safe for colour-blind eyes in this order; `quiet` is grey, `bad` is for limits. */
export type Tone = 1 | 2 | 3 | 4 | 5 | 6 | "quiet" | "bad";

/** The tone of the series at `index`, again from the first after the sixth. */
export function toneOf(index: number): Tone {
  return ((index % 6) + 1) as Tone;
}

/** Something drawn over the axes. Shapes differ as well as colours: `filled` round, `square`, `hollow`. */
export type Layer = { name: string; tone: Tone; dashed?: boolean } & (
  | { kind: "line" | "step"; points: readonly Point[]; dots?: boolean }
  | { kind: "scatter"; points: readonly Point[]; shape: "filled" | "square" | "hollow" }
  | { kind: "band"; points: readonly RangePoint[] }
  | { kind: "bars"; bars: readonly { fromX: number; toX: number; fromY: number; toY: number }[] }
);

/** A vertical mark (a phase, a bound) or a horizontal one (a limit). */
export interface Mark {
  at: number;
  label: string;
}

/** Any layers over two axes. */
export interface Plot {
  kind: "plot";
  /** Unique on the page; letters, digits and hyphens; never from outside. */
  id: string;
  title: string;
  unit: string;
  /** One line: what it shows, and what a bad shape means. */
  describe: string;
  /** What a reader who cannot see it should know. */
  summary: string;
  x: Scale;
  y: Scale;
  xTitle: string;
  layers: readonly Layer[];
  verticals?: readonly Mark[];
  horizontals?: readonly Mark[];
  /** Said in place of the plot when no layer has anything to draw. */
  empty?: string;
  /** Over the whole width of a page. */
  isWide?: boolean;
  isTall?: boolean;
}

/** Horizontal bars from zero, one for each named thing. */
export interface BarChart {
  kind: "bars";
  title: string;
  /** Which way is good, or how to read it. */
  note: string;
  unit: Unit;
  rows: readonly BarRow[];
}

export interface BarRow {
  name: string;
  tone: Tone;
  value: number | null;
}

/** A flame graph: every frame below the one that called it, as wide as its share of the time. */
export interface FlameChart {
  kind: "flame";
  id: string;
  title: string;
  unit: string;
  describe: string;
  flame: Flame;
}

export type Chart = Plot | BarChart | FlameChart;
