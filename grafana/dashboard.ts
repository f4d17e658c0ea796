/** A dashboard from rows of panels: places them, numbers them, and gives all the same variables, marks and links. */
import { metricPrefix } from "../clients/metrics/metric-names.ts";
import { type DashboardUid, datasourceUid } from "./identity.ts";
import { chosenDatasource, renderPanel } from "./panel.ts";
import type { Json, JsonObject, PanelSpec } from "./panel-spec.ts";
import { chosen } from "./query.ts";

export interface Row {
  title: string;
  panels: readonly PanelSpec[];
}

export interface DashboardSpec {
  uid: DashboardUid;
  title: string;
  description: string;
  /** Whether it begins with all runs of the time range instead of the newest. */
  beginsWithAllRuns: boolean;
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
    time: { from: "now-15m", to: "now" },
    timepicker: { refresh_intervals: ["1s", "5s", "10s", "30s", "1m", "5m"] },
    timezone: "browser",
    weekStart: "",
    links: [links],
    annotations: { list: [phaseMarks] },
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

/** A line where each phase began: the metric's value is the instant, and Grafana takes it in milliseconds. */
const phaseMarks = {
  name: "Phases",
  datasource: chosenDatasource,
  enable: true,
  hide: false,
  iconColor: "blue",
  expr: `${metricPrefix}run_phase_start_timestamp_seconds{${chosen}} * 1000`,
  step: "1s",
  titleFormat: "{{phase}}",
  textFormat: "{{target}} {{run}}",
  tagKeys: "phase,target",
  useValueForTime: true,
} as const;

const onTimeRangeChange = 2;
const inOrderOfQuery = 0;
const alphabetical = 1;

/** Newest run first, finished ones of the time range included: label_values could only sort them by name. */
const runsNewestFirst = `query_result(sort_desc(min by (run) (min_over_time(${metricPrefix}run_phase_start_timestamp_seconds[$__range]))))`;
const everything = { text: ["All"], value: ["$__all"] };

function commonVariables({ beginsWithAllRuns }: DashboardSpec): Json[] {
  const shared = { type: "query", datasource: chosenDatasource, refresh: onTimeRangeChange, multi: true, hide: 0, skipUrlSync: false, options: [] };
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
      query: { query: runsNewestFirst, refId: "run" },
      definition: runsNewestFirst,
      regex: '/run="([^"]+)"/',
      sort: inOrderOfQuery,
      includeAll: beginsWithAllRuns,
      ...(beginsWithAllRuns ? { allValue: ".*", current: everything } : { current: {} }),
    },
    {
      ...shared,
      name: "target",
      label: "Target",
      query: { query: `label_values(${metricPrefix}run_info{run=~"$run"},target)`, refId: "target" },
      definition: `label_values(${metricPrefix}run_info{run=~"$run"},target)`,
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
  for (const { title, panels } of rows) {
    placed.push({ id: placed.length + 1, type: "row", title, collapsed: false, gridPos: { h: 1, w: gridColumns, x: 0, y }, panels: [] });
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const spec of panels) {
      const h = spec.height ?? panelHeight;
      if (x + spec.width > gridColumns) {
        y += lineHeight;
        x = 0;
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
