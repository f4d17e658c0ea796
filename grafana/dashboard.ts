/** A dashboard from rows of panels: places them, numbers them, and gives all the same variables, marks and links. */
import { metricPrefix } from "../clients/metrics/metric-names.ts";
import { type DashboardUid, datasourceUid } from "./identity.ts";
import { chosenDatasource, renderPanel } from "./panel.ts";
import type { Json, JsonObject, PanelSpec } from "./panel-spec.ts";
import { firingAlerts, perRun, series, total, unexpected } from "./query.ts";
import { newestRun, resolvedRuns, runChoices } from "./run-choice.ts";

export interface Row {
  title: string;
  /** A picture at the left, as high as all panels beside it. */
  wide?: PanelSpec;
  panels: readonly PanelSpec[];
}

export interface DashboardSpec {
  uid: DashboardUid;
  title: string;
  description: string;
  /** Whether it begins with all runs of the time range instead of the newest. */
  beginsWithAllRuns: boolean;
  /** Matcher of the kinds of runs it is about: their phases are marked, and its newest run is one of them. */
  kinds: string;
  rows: readonly Row[];
  /** Variables of its own. */
  variables?: readonly JsonObject[];
}

const gridColumns = 24;
const panelHeight = 8;

/** The dashboard's JSON. */
export function renderDashboard(spec: DashboardSpec): JsonObject {
  return {
    id: null,
    uid: spec.uid,
    title: spec.title,
    description: spec.description,
    tags: ["holdfast"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    fiscalYearStartMonth: 0,
    graphTooltip: 1,
    liveNow: false,
    refresh: "5s",
    time: { from: "now-5m", to: "now" },
    timepicker: { refresh_intervals: ["1s", "5s", "10s", "30s", "1m", "5m"] },
    timezone: "browser",
    weekStart: "",
    links: [links],
    annotations: { list: [phaseMarks(spec), dropMarks, alertMarks] },
    templating: { list: [...commonVariables(spec), ...(spec.variables ?? [])] },
    panels: placeRows(spec.rows),
  };
}

const links = {
  type: "dashboards",
  title: "Holdfast",
  tags: ["holdfast"],
  asDropdown: false,
  includeVars: true,
  keepTime: true,
  targetBlank: false,
  icon: "external link",
  tooltip: "",
  url: "",
} as const;

const mark = {
  datasource: chosenDatasource,
  enable: true,
  hide: false,
  step: "1s",
  textFormat: "{{target}} {{run}}",
} as const;

/** A line where each phase began: the metric's value is the instant, and Grafana takes it in milliseconds. */
const phaseMarks = ({ kinds }: DashboardSpec): JsonObject => ({
  ...mark,
  name: "Phases",
  iconColor: "rgba(120, 140, 180, 0.35)",
  expr: `max by (run, target, phase) (${series("run_phase_start_timestamp_seconds", kinds)}) * 1000`,
  titleFormat: "{{phase}}",
  tagKeys: "phase,target",
  useValueForTime: true,
});

/** A mass drop: within 5 s as many connections were lost as are a twentieth of the plan. */
const dropMarks = {
  ...mark,
  name: "Mass drops",
  iconColor: "dark-orange",
  expr: `sum by (run, target) (increase(${series("connections_closed_total", unexpected)}[5s])) > 0.05 * ${total("connections_planned", perRun)}`,
  titleFormat: "Mass drop",
  tagKeys: "target",
  useValueForTime: false,
};

const alertMarks = {
  ...mark,
  name: "Alerts",
  iconColor: "red",
  expr: firingAlerts,
  titleFormat: "{{alertname}}",
  tagKeys: "alertname,target",
  useValueForTime: false,
};

const onTimeRangeChange = 2;
const inOrderOfQuery = 0;
const alphabetical = 1;

const everything = { text: ["All"], value: ["$__all"] };

function commonVariables({ beginsWithAllRuns, kinds }: DashboardSpec): Json[] {
  const shared = {
    type: "query",
    datasource: chosenDatasource,
    refresh: onTimeRangeChange,
    multi: true,
    hide: 0,
    skipUrlSync: false,
    options: [],
  };
  return [
    {
      type: "datasource",
      name: "datasource",
      label: "Data source",
      query: "prometheus",
      regex: "",
      current: { text: "Holdfast", value: datasourceUid },
      refresh: 1,
      hide: 0,
      includeAll: false,
      multi: false,
      options: [],
      skipUrlSync: false,
    },
    {
      ...shared,
      name: "run",
      label: "Run",
      query: { query: runChoices(kinds), refId: "run" },
      definition: runChoices(kinds),
      regex: '/run="([^"]+)"/',
      sort: inOrderOfQuery,
      includeAll: true,
      allValue: ".*",
      current: beginsWithAllRuns ? everything : { text: [newestRun], value: [newestRun] },
    },
    {
      ...shared,
      name: "runs",
      label: "Runs meant",
      query: { query: resolvedRuns(kinds), refId: "runs" },
      definition: resolvedRuns(kinds),
      regex: '/run="([^"]+)"/',
      sort: inOrderOfQuery,
      hide: 2,
      skipUrlSync: true,
      includeAll: true,
      current: everything,
    },
    {
      ...shared,
      name: "target",
      label: "Target",
      query: { query: `label_values(${metricPrefix}run_info{run=~"$runs"},target)`, refId: "target" },
      definition: `label_values(${metricPrefix}run_info{run=~"$runs"},target)`,
      regex: "",
      sort: alphabetical,
      includeAll: true,
      allValue: ".*",
      current: everything,
    },
  ];
}

/** Lays rows out one below the other, panels left to right, wrapping at 24 columns. Ids count from 1. */
function placeRows(rows: readonly Row[]): Json[] {
  const placed: Json[] = [];
  let y = 0;
  for (const { title, wide, panels } of rows) {
    placed.push({
      id: placed.length + 1,
      type: "row",
      title,
      collapsed: false,
      gridPos: { h: 1, w: gridColumns, x: 0, y },
      panels: [],
    });
    y += 1;
    const left = wide?.width ?? 0;
    if (wide !== undefined)
      placed.push(renderPanel(wide, placed.length + 1, { h: wide.height ?? panelHeight, w: left, x: 0, y }));
    const besideUntil = y + (wide?.height ?? 0);
    let x = left;
    let lineHeight = 0;
    for (const spec of panels) {
      const h = spec.height ?? panelHeight;
      if (x + spec.width > gridColumns) {
        y += lineHeight;
        x = y < besideUntil ? left : 0;
        lineHeight = 0;
      }
      placed.push(renderPanel(spec, placed.length + 1, { h, w: spec.width, x, y }));
      x += spec.width;
      lineHeight = Math.max(lineHeight, h);
    }
    y += lineHeight;
  }
  return placed;
}
