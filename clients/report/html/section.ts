/** A part of a report page. Pages are lists of functions that return one or null: other kinds add theirs to the list. */

import type { Interval, Report } from "../model/report.ts";
import { html, type Markup, type MarkupPart } from "./markup.ts";

/** `id` is an anchor on the page and never from outside. */
export interface Section {
  id: string;
  title: string;
  body: Markup;
}

/** One line of events.ndjson, as far as a page shows it: a connection that ended, or was refused. */
export interface ReportEvent {
  atMs: number;
  cause: string;
  code?: string | number | null;
  connection?: number;
  [evidence: string]: unknown;
}

/** A section of one run's page; null when this report has nothing for it. */
export type SectionOf = (report: Report, intervals: readonly Interval[], events: readonly ReportEvent[]) => Section | null;

/** Which columns are set as numbers (`from` to before `to`; by default none), and a line above the table. */
export interface TableOptions {
  from?: number;
  to?: number;
  caption?: string;
}

/** A table with its titles; the first cell of a row is its heading, and every cell is escaped. */
export function table(titles: readonly string[], rows: readonly (readonly MarkupPart[])[], options: TableOptions = {}): Markup {
  const { from = titles.length, to = titles.length, caption } = options;
  const className = (index: number) => (index >= from && index < to ? "number" : "text");
  const head = titles.some((title) => title !== "")
    ? html`<thead><tr>${titles.map((title, index) => html`<th scope="col" class="${className(index)}">${title}</th>`)}</tr></thead>`
    : null;
  const put = (cell: MarkupPart, index: number) =>
    index === 0 ? html`<th scope="row" class="${className(index)}">${cell}</th>` : html`<td class="${className(index)}">${cell}</td>`;
  const body = rows.map((row) => html`<tr>${row.map(put)}</tr>`);
  return html`<div class="scroll"><table>${caption === undefined ? null : html`<caption>${caption}</caption>`}${head}<tbody>${body}</tbody></table></div>`;
}

/** Names and values in two columns. */
export function facts(rows: readonly (readonly [string, MarkupPart])[]): Markup {
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Charts beside one another where the page is wide enough. */
export function charts(...figures: readonly MarkupPart[]): Markup {
  return html`<div class="charts">${figures}</div>`;
}
