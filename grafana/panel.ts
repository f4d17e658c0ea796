/** Panels: a short specification in, Grafana's JSON out. */
import { panelLook } from "./panel-look.ts";
import type { JsonObject, PanelSpec, Query } from "./panel-spec.ts";

export interface GridPosition {
  h: number;
  w: number;
  x: number;
  y: number;
}

/** The datasource chosen at the dashboard's top. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's variable syntax
export const chosenDatasource = { type: "prometheus", uid: "${datasource}" } as const;

/** Identity on purpose: gives a specification its type where it is written. */
export function panel(spec: PanelSpec): PanelSpec {
  return spec;
}

function isOverTime({ kind, instant }: PanelSpec): boolean {
  return instant === undefined ? kind !== "bargauge" && kind !== "table" : !instant;
}

/** A panel as Grafana's JSON. */
export function renderPanel(spec: PanelSpec, id: number, gridPos: GridPosition): JsonObject {
  return {
    id,
    type: spec.kind,
    title: spec.title,
    description: `${spec.shows}\n\n${spec.between}\n\n${spec.bad}`,
    datasource: chosenDatasource,
    gridPos: { ...gridPos },
    targets: spec.queries.map((query, index) => renderQuery(spec, query, index)),
    ...panelLook(spec),
  };
}

function renderQuery(spec: PanelSpec, { expr, legend }: Query, index: number): JsonObject {
  const overTime = isOverTime(spec);
  return {
    refId: String.fromCharCode(65 + index),
    datasource: chosenDatasource,
    editorMode: "code",
    expr,
    legendFormat: legend,
    range: overTime,
    instant: !overTime,
    format: spec.kind === "table" ? "table" : spec.kind === "heatmap" ? "heatmap" : "time_series",
  };
}
