/** A dashboard as one page that asks nothing of the network: its panels in its own grid of 24 columns. */
import { html, Markup, type MarkupPart } from "../clients/report/html/markup.ts";
import type { DashboardJson, PanelJson } from "./dashboard-queries.ts";
import type { PreviewSeries } from "./preview-data.ts";
import { barGauge, stat, table } from "./preview-figures.ts";
import { heatmap } from "./preview-heatmap.ts";
import { previewStyle } from "./preview-style.ts";
import { stateTimeline, type TimeFrame, timeSeries } from "./preview-time-series.ts";

/** Panels with what their queries answered, by the panel's id. */
export interface PreviewPage {
  dashboard: DashboardJson;
  answers: ReadonlyMap<number, readonly PreviewSeries[]>;
  frame: TimeFrame;
  /** What was chosen at the dashboard's top, in words. */
  chosen: string;
}

export function previewPage({ dashboard, answers, frame, chosen }: PreviewPage): string {
  const panels = dashboard.panels.map((panel) => place(panel, panel.type === "row" ? null : body(panel, answers.get(panel.id) ?? [], frame)));
  const seconds = Math.round((frame.span.toMs - frame.span.fromMs) / 1000);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${dashboard.title}</title><style>${new Markup(previewStyle)}</style></head>
<body><header><h1>${dashboard.title}</h1><p>${chosen}</p><p>${seconds} s from ${new Date(frame.span.fromMs).toISOString().slice(0, 19).replace("T", " ")} UTC</p>
<p class="origin">Drawn by grafana/preview.ts from ${dashboard.uid}.json and a real run, not by Grafana</p></header>
<main>${panels}</main></body></html>
`.toString();
}

function place({ type, title, gridPos: { x, y, w, h } }: PanelJson, content: MarkupPart): Markup {
  const area = `grid-column:${x + 1}/span ${w};grid-row:${y + 1}/span ${h}`;
  if (type === "row") return html`<h2 style="${area}">${title}</h2>`;
  return html`<section style="${area}"><h3>${title}</h3>${content}</section>`;
}

function body(panel: PanelJson, series: readonly PreviewSeries[], frame: TimeFrame): Markup {
  if (series.length === 0) return html`<p class="none">${panel.fieldConfig?.defaults.noValue ?? "No data"}</p>`;
  switch (panel.type) {
    case "stat":
      return stat(panel, series);
    case "bargauge":
      return barGauge(panel, series);
    case "table":
      return table(panel, series);
    case "heatmap":
      return heatmap(panel, series, frame);
    case "state-timeline":
      return stateTimeline(panel, series, frame);
    default:
      return timeSeries(panel, series, frame);
  }
}
