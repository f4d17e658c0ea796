/** What a panel is to show, before it becomes Grafana's JSON. */
export type PanelKind = "timeseries" | "stat" | "bargauge" | "heatmap" | "state-timeline" | "table";

export interface Query {
  expr: string;
  /** Grafana's legend format, e.g. "{{target}} open". */
  legend: string;
  /** Draw on the right axis, in this unit. */
  rightUnit?: string;
}

export interface LineColour {
  color: string;
  dashed?: boolean;
}

export interface PanelSpec {
  kind: PanelKind;
  title: string;
  /** Grafana's unit id. */
  unit: string;
  /** Of 24 columns. */
  width: number;
  height?: number;
  /** What the panel shows. */
  shows: string;
  /** From which instant to which its figure runs. */
  between: string;
  /** What a bad shape looks like and what it means. */
  bad: string;
  queries: readonly Query[];
  /**
   * One value as of the time range's end. Default for bar gauges and tables; a stat takes the last value of the range,
   * so that a finished run keeps its figures.
   */
  instant?: boolean;
  /** Thresholds of a stat, in the panel's unit: green from 0, red from `fail` on. What was not measured is grey. */
  fail?: number;
  /** Thresholds of a share that should be high: red below `orange`, green from `green` on. */
  wanted?: { orange: number; green: number };
  /** A figure without good or bad: a stat in the text's colour. */
  neutral?: boolean;
  /** Colours of lines by the end of their name, or by a word in it. */
  colours?: Readonly<Record<string, LineColour>>;
  /** A heatmap's axis; its `unit` is the cells'. */
  axisUnit?: string;
  /** Colour lines by runtime: their legend begins with the target's name. */
  byRuntime?: boolean;
  decimals?: number;
  min?: number;
  max?: number;
  stacked?: boolean;
  /** Texts for whole numbers from 0, and their colours. */
  texts?: readonly { text: string; color: string }[];
  /** Shown where there is nothing. */
  noValue?: string;
  /**
   * A table's columns: the unit and title of each query's value, in order of the queries; null: only its labels are
   * wanted.
   */
  columns?: readonly ({ title: string; unit: string; hidden?: boolean } | null)[];
  /** Column titles from the left; those not named follow. */
  columnOrder?: readonly string[];
  /** A table's column to sort by, greatest first. */
  greatestFirst?: string;
  /** Colours of a table's texts, by column. */
  textColours?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Where a table's column leads to, in Grafana's data link syntax. */
  cellLinks?: Readonly<Record<string, { title: string; url: string }>>;
  /** A table's label columns and their titles. */
  labelColumns?: Readonly<Record<string, string>>;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };
