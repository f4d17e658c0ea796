/** What a panel is to show, before it becomes Grafana's JSON. */
export type PanelKind = "timeseries" | "stat" | "bargauge" | "heatmap" | "state-timeline" | "table";

export interface Query {
  expr: string;
  /** Grafana's legend format, e.g. "{{target}} open". */
  legend: string;
  /** Draw on the right axis, in this unit. */
  rightUnit?: string;
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
  /** One value as of now instead of a line. Default for all kinds but timeseries, heatmap and state-timeline. */
  instant?: boolean;
  /** Thresholds, in the panel's unit: green below `warn`, red from `fail` on. */
  warn?: number;
  fail?: number;
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
  /** A table's columns: the unit and title of each query's value, in order of the queries; null: only its labels are wanted. */
  columns?: readonly ({ title: string; unit: string } | null)[];
  /** A table's label columns and their titles. */
  labelColumns?: Readonly<Record<string, string>>;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };
