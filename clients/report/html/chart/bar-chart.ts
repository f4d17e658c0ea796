/** Horizontal bars from zero, one for each named thing, the figure written beside each: the chart is its own table. */
import type { BarChart } from "../../chart/chart.ts";
import { formatFigure, isFigure, notMeasured } from "../../model/format.ts";
import { html, type Markup } from "../markup.ts";

/** The bars; what was not measured has no bar and says so. */
export function barChart({ title, note, unit, rows }: Omit<BarChart, "kind">): Markup {
  const highest = Math.max(0, ...rows.map((row) => (isFigure(row.value) ? row.value : 0)));
  const bars = rows.map(({ name, tone, value }) => {
    const share = isFigure(value) && highest > 0 ? Math.max(0, Math.round((value / highest) * 1000) / 10) : 0;
    const fill = isFigure(value) ? html`<span class="bar-fill" style="width:${share}%"></span>` : null;
    return html`<div class="bar-row tone-${tone}" role="row"><span role="rowheader">${name}</span><span class="bar-track" aria-hidden="true">${fill}</span><span class="value${isFigure(value) ? "" : " absent"}" role="cell">${isFigure(value) ? formatFigure(value, unit) : notMeasured}</span></div>`;
  });
  return html`<div class="bar-chart"><h3>${title} <span class="unit">${note}</span></h3><div role="table">${bars}</div></div>`;
}
