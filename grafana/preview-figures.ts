/** Draws panels without a time axis: single figures, bars, tables. */
import { round } from "../clients/report/html/chart/layer-shape.ts";
import { html, type Markup } from "../clients/report/html/markup.ts";
import type { PanelJson } from "./dashboard-queries.ts";
import type { PreviewSeries } from "./preview-data.ts";
import { columnUnit, fieldOf, shaded, thresholdColour, unitOf } from "./preview-field.ts";
import { formatUnit } from "./preview-unit.ts";

const figureOf = ({ points }: PreviewSeries): number => points.at(-1)?.value ?? Number.NaN;

/** One figure, or one for each series with its name. */
export function stat(panel: PanelJson, all: readonly PreviewSeries[]): Markup {
  const unit = unitOf(panel);
  const size = all.length > 2 ? "small" : all.length === 2 ? "medium" : "large";
  const figures = all.map((series) => {
    const value = figureOf(series);
    return html`<div><b style="color:${thresholdColour(panel, value)}">${formatUnit(value, unit)}</b>${all.length > 1 ? html`<small>${series.name}</small>` : null}</div>`;
  });
  return html`<div class="body stat ${size}">${figures}</div>`;
}

export function barGauge(panel: PanelJson, all: readonly PreviewSeries[]): Markup {
  const unit = unitOf(panel);
  const colours = all.map((series, index) => fieldOf(panel, series, index).colour);
  const shades = panel.fieldConfig?.overrides.length ? colours : shaded(colours);
  const most = Math.max(...all.map(figureOf), 0);
  const rows = all.map((series, index) => {
    const share = most > 0 ? round((figureOf(series) / most) * 100) : 0;
    return html`<div class="bar"><span>${series.name}</span><div><i style="width:${share}%;background:${shades[index]}"></i></div><b style="color:${shades[index]}">${formatUnit(figureOf(series), unit)}</b></div>`;
  });
  return html`<div class="body bars">${rows}</div>`;
}

interface Organize {
  excludeByName: Record<string, boolean>;
  indexByName: Record<string, number>;
  renameByName: Record<string, string>;
}

/** The series merged by their labels, in the columns the panel's transformation names. */
export function table(panel: PanelJson, all: readonly PreviewSeries[]): Markup {
  const organize = panel.transformations?.find(({ id }) => id === "organize")?.options as Organize | undefined;
  const { renameByName = {}, indexByName = {} } = organize ?? {};
  const columns = Object.keys(renameByName).sort((a, b) => (indexByName[a] ?? 0) - (indexByName[b] ?? 0));
  const rows = mergedRows(all);
  const cell = (row: Record<string, string | number>, column: string): string => {
    const value = row[column];
    if (typeof value === "number") return formatUnit(value, columnUnit(panel, renameByName[column] ?? column));
    return value ?? panel.fieldConfig?.defaults.noValue ?? "";
  };
  const body = rows.map((row) => html`<tr>${columns.map((column) => html`<td>${cell(row, column)}</td>`)}</tr>`);
  return html`<div class="body"><table class="rows"><tr>${columns.map((column) => html`<th>${renameByName[column]}</th>`)}</tr>${body}</table></div>`;
}

/** Grafana's merge: rows whose shared labels agree become one. Ours agree by run and target. */
function mergedRows(all: readonly PreviewSeries[]): Record<string, string | number>[] {
  const rows = new Map<string, Record<string, string | number>>();
  for (const series of all) {
    const key = `${series.labels.run} ${series.labels.target}`;
    rows.set(key, { ...rows.get(key), ...series.labels, [`Value #${series.refId}`]: figureOf(series) });
  }
  return [...rows.values()];
}
