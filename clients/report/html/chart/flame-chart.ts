/**
 * A flame graph that needs no script: an icicle, the outermost function on top. Every name is escaped, for a target
 * chooses them.
 */
import type { Flame } from "../../../measure/profile/call-tree.ts";
import type { FlameChart } from "../../chart/chart.ts";
import { formatShare } from "../../model/format.ts";
import { html, type Markup } from "../markup.ts";

const width = 1100;
const rowHeight = 18;
/** Text of a frame is cut to what fits: the width of a letter of the page's small type. */
const letterWidth = 6.2;

interface Frame {
  name: string;
  share: number;
  left: number;
  depth: number;
}

function* framesOf(flame: Flame, left: number, depth: number): Generator<Frame> {
  yield { name: flame.name, share: flame.share, left, depth };
  let at = left;
  for (const child of flame.children) {
    yield* framesOf(child, at, depth + 1);
    at += child.share;
  }
}

export function flameChart({ id, title, unit, describe, flame }: FlameChart): Markup {
  const frames = [...framesOf(flame, 0, 0)];
  const height = (Math.max(0, ...frames.map(({ depth }) => depth)) + 1) * rowHeight;
  return html`<figure class="chart"><figcaption><h3>${title} <span class="unit">${unit}</span></h3><p class="describe">${describe}</p></figcaption>
<div class="scroll"><svg class="flame" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title"><title id="${id}-title">Flame graph: the table below it has the same figures</title>${frames.map(shape)}</svg></div></figure>`;
}

function shape({ name, share, left, depth }: Frame): Markup {
  const [x, w] = [round(left * width), Math.max(0.5, round(share * width) - 1)];
  const letters = Math.floor((w - 6) / letterWidth);
  const shown = name.length <= letters ? name : letters >= 4 ? `${name.slice(0, letters - 1)}…` : "";
  const text = shown === "" ? null : html`<text x="${x + 3}" y="${depth * rowHeight + 12.5}">${shown}</text>`;
  return html`<g class="tone-${toneOfName(name)}"><title>${name}, ${formatShare(share)}</title><rect x="${x}" y="${depth * rowHeight}" width="${w}" height="${rowHeight - 1}"/>${text}</g>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** The same function has the same colour wherever it stands. */
function toneOfName(name: string): number {
  let hash = 0;
  for (let index = 0; index < name.length; index++) hash = (Math.imul(hash, 31) + name.charCodeAt(index)) >>> 0;
  return (hash % 6) + 1;
}
