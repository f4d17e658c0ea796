/** A report as a page of its own: opens anywhere, prints, needs no network and no script. */
import {
  type Block,
  type BlockOf,
  type Cell,
  equationParts,
  type Recorded,
  type ReportEvent,
  type Table,
  textOf,
} from "../blocks/block.ts";
import { sheetOf } from "../blocks/report-sheet.ts";
import type { Key, Sheet, VerdictLine } from "../blocks/sheet.ts";
import type { Chart } from "../chart/chart.ts";
import { notMeasured } from "../model/format.ts";
import type { Interval } from "../model/interval.ts";
import type { Report } from "../model/report.ts";
import { barChart } from "./chart/bar-chart.ts";
import { flameChart } from "./chart/flame-chart.ts";
import { renderPlot } from "./chart/plot.ts";
import { html, type Markup } from "./markup.ts";
import { renderPage } from "./page.ts";

/** `blocks`: those that are laid out, by default every block of a report. */
export interface HtmlOptions {
  blocks?: readonly BlockOf[];
  /** The seconds of one of a comparison's runs. */
  intervalsOf?: Recorded["intervalsOf"];
}

/** The page; `intervals` and `events` may be empty, and the charts then say so. */
export function renderHtml(
  report: Report,
  intervals: readonly Interval[] = [],
  events: readonly ReportEvent[] = [],
  options: HtmlOptions = {},
): string {
  const { blocks, intervalsOf } = options;
  return sheetHtml(
    sheetOf(report, { intervals, events, ...(intervalsOf === undefined ? {} : { intervalsOf }) }, blocks),
  );
}

/** A sheet that is laid out, as a page. */
export function sheetHtml({ title, lead, verdict, keys, blocks, footer, state }: Sheet): string {
  return renderPage({
    title: capital(title),
    lead,
    opening: html`${verdict === null ? null : banner(verdict)}${keys.length === 0 ? null : html`<dl class="keys">${keys.map(tile)}</dl>`}`,
    sections: blocks.map((block) => ({ id: block.id, title: block.title, body: body(block, state) })),
    footer,
  });
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

function banner({ word, tone, meaning, reasons, notes, isInterrupted }: VerdictLine): Markup {
  const item = (prefix: string) => (reason: { code: string; text: string }) =>
    html`<li>${prefix}${reason.text} <code>${reason.code}</code></li>`;
  const items = [...reasons.map(item("")), ...notes.map(item("Note: "))];
  const cut = isInterrupted ? html`<p>The run was interrupted; the figures cover the time until then.</p>` : null;
  return html`<div class="verdict is-${tone}" id="verdict"><strong>${word}</strong><p>${capital(meaning)}.</p>${cut}${items.length > 0 ? html`<ul>${items}</ul>` : null}</div>`;
}

function tile({ name, value, small }: Key): Markup {
  return html`<div><dt>${name}</dt><dd${value === notMeasured ? html` class="absent"` : null}>${value}${small === "" ? null : html`<small>${small}</small>`}</dd></div>`;
}

function body(
  { charts = [], equations = [], facts = [], table, note, verbatim }: Block,
  state: Report["state"],
): Markup {
  const sums = equations.map((each) => [
    `${capital(each.of)} ${each.what}`,
    each.total.toLocaleString("en-US"),
    `= ${equationParts(each, { state })}${each.rest ?? ""}`,
  ]);
  return html`${charts.length === 0 ? null : html`<div class="charts">${charts.map(drawing)}</div>`}${
    sums.length === 0
      ? null
      : tableHtml({ columns: [{ title: "" }, { title: "", align: "right" }, { title: "" }], rows: sums })
  }${facts.length === 0 ? null : html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${capital(name)}</dt><dd>${cellHtml(value)}</dd></div>`)}</dl>`}${
    table === undefined ? null : tableHtml(table)
  }${note === undefined ? null : html`<p class="note">${note}</p>`}${verbatim === undefined ? null : html`<pre>${verbatim}</pre>`}`;
}

function drawing(chart: Chart): Markup {
  switch (chart.kind) {
    case "plot":
      return chart.isWide ? html`<div class="wide">${renderPlot(chart)}</div>` : renderPlot(chart);
    case "bars":
      return barChart(chart);
    case "flame":
      return html`<div class="wide">${flameChart(chart)}</div>`;
  }
}

/** A table with its titles; the first cell of a row is its heading, and every cell is escaped. */
function tableHtml({ columns, rows, caption }: Table): Markup {
  const className = (index: number): string => (columns[index]?.align === "right" ? "number" : "text");
  const head = columns.some(({ title }) => title !== "")
    ? html`<thead><tr>${columns.map(({ title }, index) => html`<th scope="col" class="${className(index)}">${title}</th>`)}</tr></thead>`
    : null;
  const put = (cell: Cell, index: number): Markup =>
    index === 0
      ? html`<th scope="row" class="${className(index)}">${cellHtml(cell)}</th>`
      : html`<td class="${className(index)}">${cellHtml(cell)}</td>`;
  const lines = rows.map(
    (row) => html`<tr${textOf(row[0] ?? "").startsWith("  ") ? html` class="sub"` : null}>${row.map(put)}</tr>`,
  );
  return html`<div class="scroll"><table>${caption === undefined ? null : html`<caption>${caption}</caption>`}${head}<tbody>${lines}</tbody></table></div>`;
}

function cellHtml(cell: Cell): Markup {
  const { text, tone, isBest, isSoft, detail, href } =
    typeof cell === "string" ? ({ text: cell } as Exclude<Cell, string>) : cell;
  const words =
    text === notMeasured || text === "-"
      ? html`<span class="absent">${text === "-" ? "–" : text}</span>`
      : html`${text}`;
  const linked = href === undefined ? words : html`<a href="${href}">${words}</a>`;
  const looked =
    tone !== undefined
      ? html`<span class="word is-${tone}">${linked}</span>`
      : isBest
        ? html`<b>${linked}</b>`
        : isSoft
          ? html`<span class="meaning">${linked}</span>`
          : linked;
  return detail === undefined ? looked : html`${looked}<br><small class="absent">${detail}</small>`;
}
