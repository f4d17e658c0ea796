/** Reads the queries out of dashboards' JSON, as Grafana will. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dashboardUids } from "../identity.ts";
import { projectFolder } from "../project-folder.ts";

export interface PanelJson {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: { type: string; uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: {
    refId?: string;
    expr: string;
    legendFormat?: string;
    instant: boolean;
    datasource: { type: string; uid: string };
  }[];
  fieldConfig?: FieldConfigJson;
  options?: Record<string, unknown>;
  transformations?: { id: string; options: Record<string, unknown> }[];
}

export interface FieldConfigJson {
  defaults: {
    unit?: string;
    decimals?: number;
    min?: number;
    max?: number;
    noValue?: string;
    mappings?: { options: Record<string, { text: string; color: string }> }[];
    thresholds?: { steps: { color: string; value: number | null }[] };
    custom?: { stacking?: { mode: string } };
  };
  overrides: { matcher: { id: string; options: string }; properties: { id: string; value: unknown }[] }[];
}

export interface DashboardJson {
  uid: string;
  title: string;
  schemaVersion: number;
  refresh: string;
  graphTooltip: number;
  time: { from: string; to: string };
  timepicker: { refresh_intervals: string[] };
  links: { keepTime: boolean; includeVars: boolean }[];
  annotations: { list: { name: string; expr: string; useValueForTime: boolean }[] };
  templating: {
    list: {
      name: string;
      type: string;
      includeAll?: boolean;
      allValue?: string;
      skipUrlSync?: boolean;
      query: string | { query: string };
      current: { value?: unknown };
    }[];
  };
  panels: PanelJson[];
}

/** One query: of a panel, or of a mark (then `panel` is the mark's name and `refId` is "mark"). */
export interface DashboardQuery {
  dashboard: string;
  panel: string;
  refId: string;
  expr: string;
  instant: boolean;
}

/** The dashboards as committed. */
export function readDashboards(): DashboardJson[] {
  return dashboardUids.map(
    (uid) =>
      JSON.parse(readFileSync(join(projectFolder, "grafana/dashboards", `${uid}.json`), "utf8")) as DashboardJson,
  );
}

/** Every query of a dashboard, the marks' included. */
export function queriesOf({ uid, panels, annotations }: DashboardJson): DashboardQuery[] {
  const marks = annotations.list.map(({ name, expr }) => ({
    dashboard: uid,
    panel: name,
    refId: "mark",
    expr,
    instant: false,
  }));
  const ofPanels = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ refId = "", expr, instant }) => ({ dashboard: uid, panel: title, refId, expr, instant })),
  );
  return [...ofPanels, ...marks];
}

/** Values in place of Grafana's variables. */
export interface VariableValues {
  run: string;
  target: string;
  bound: string;
  rangeSeconds: number;
  scrapeSeconds: number;
}

export const anyRun: VariableValues = { run: ".*", target: ".*", bound: "0.1024", rangeSeconds: 900, scrapeSeconds: 1 };

/**
 * A query as Grafana would send it; throws on a variable nobody set. $__rate_interval is four scrapes, as Grafana has
 * it.
 */
export function withVariables(
  expr: string,
  { run, target, bound, rangeSeconds, scrapeSeconds }: VariableValues,
): string {
  const milliseconds = (seconds: number): string => `${Math.round(seconds * 1000)}ms`;
  const values: Readonly<Record<string, string>> = {
    run,
    runs: run,
    target,
    bound,
    __range: milliseconds(rangeSeconds),
    __rate_interval: milliseconds(4 * scrapeSeconds),
    __interval: milliseconds(scrapeSeconds),
  };
  return expr.replace(/\$(?:\{(\w+)\}|(\w+))/g, (text, braced?: string, bare?: string) => {
    const value = values[braced ?? bare ?? ""];
    if (value === undefined) throw new Error(`no value for the variable ${text} in ${expr}`);
    return value;
  });
}

/** The query by which a board makes runs of what is chosen. */
export const resolvedRunsOf = ({ templating }: DashboardJson): string => {
  const query = templating.list.find(({ name }) => name === "runs")?.query ?? "";
  return typeof query === "string" ? query : query.query;
};
/** The titles of its stats. */
export const statsOf = ({ panels }: DashboardJson): string[] =>
  panels.filter(({ type }) => type === "stat").map(({ title }) => title);
