/** The shell of a report page: one file that asks nothing of the network and runs no script. */
import { html, Markup } from "./markup.ts";
import { pageStyle } from "./page-style.ts";

/** A part of a page; `id` is an anchor and never from outside. */
export interface Section {
  id: string;
  title: string;
  body: Markup;
}

export interface Page {
  title: string;
  lead: string;
  /** What stands above the first section: the verdict and the key figures. */
  opening: Markup;
  sections: readonly Section[];
  footer: string;
}

/** A whole HTML document. A policy in its head forbids every request and script, should an escape ever fail. */
export function renderPage({ title, lead, opening, sections, footer }: Page): string {
  const body = sections.map(
    (section) => html`<section id="${section.id}"><h2>${section.title}</h2>${section.body}</section>\n`,
  );
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${title}</title><style>${style}</style></head>
<body><div class="page"><header><h1>${title}</h1><p class="lead">${lead}</p></header>
${opening}
<main>
${body}</main><footer>${footer}</footer></div></body></html>
`.toString();
}

const style = new Markup(pageStyle);
