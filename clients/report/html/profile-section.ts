/** Profiles for people: the functions that take the time, and a flame graph that needs no script. */
import type { Flame } from "../../measure/profile/call-tree.ts";
import { formatNumber, formatShare } from "../model/format.ts";
import type { ProfileBlock } from "../model/profile-block.ts";
import type { Report } from "../model/report.ts";
import { textTable } from "../text/text-table.ts";
import { html, type Markup } from "./markup.ts";
import { type Section, table } from "./section.ts";

const width = 1100;
const rowHeight = 18;
/** Text of a frame is cut to what fits: the width of a letter of the page's small type. */
const letterWidth = 6.2;
const textFunctions = 8;
const pageFunctions = 20;
/** Own time below this share is not worth a row. */
const leastShare = 0.001;

const whatStacks: Record<ProfileBlock["stacks"], string> = {
  sampled: "stacks as the profiler saw them",
  approximated: "put together from caller and callee times: this profiler counts calls and keeps no stacks, so a path may show that never was",
};
const whatTime: Record<ProfileBlock["format"], string> = {
  pprof: "CPU time of the whole process",
  cpuprofile: "time of the main thread; idle time left out",
  pstats: "CPU time of the main thread under cProfile, which makes every call dearer",
};

const shownOf = (top: ProfileBlock["top"], most: number): ProfileBlock["top"] => top.filter(({ selfShare }) => selfShare >= leastShare).slice(0, most);

/** The block of a text report; null when nothing was profiled. */
export function profileText({ profiles = [] }: Report): { title: string; lines: string[] } | null {
  if (profiles.length === 0) return null;
  const lines = profiles.flatMap(({ of, format, file, busySeconds, top }, index) => {
    const columns = [
      { title: "self", align: "right" as const },
      { title: "total", align: "right" as const },
      { title: "function", align: "left" as const, width: 66 },
    ];
    const rows = shownOf(top, textFunctions).map((entry) => [formatShare(entry.selfShare), formatShare(entry.totalShare), entry.function]);
    return [...(index === 0 ? [] : [""]), `${of}: ${formatNumber(busySeconds)} s of ${whatTime[format]}`, `kept in ${file}`, ...textTable(columns, rows)];
  });
  return { title: "Profile", lines };
}

/** The section of a page; null when nothing was profiled. */
export function profileSection({ profiles = [] }: Report): Section | null {
  if (profiles.length === 0) return null;
  return { id: "profile", title: "Where the time went", body: html`${profiles.map(oneProfile)}` };
}

function oneProfile(profile: ProfileBlock, index: number): Markup {
  const { of, format, file, busySeconds, top, stacks, flame } = profile;
  const rows = shownOf(top, pageFunctions).map((entry) => [entry.function, formatShare(entry.selfShare), formatShare(entry.totalShare)]);
  return html`<figure class="chart"><figcaption><h3>${of} <span class="unit">${formatNumber(busySeconds)} s of ${whatTime[format]}</span></h3>
<p class="describe">Each frame lies below the one that called it and is as wide as its share of the time; ${whatStacks[stacks]}. The profile itself is <code>${file}</code>.</p></figcaption>
${flameGraph(flame, `flame-${index}`)}</figure>${table(["function", "self", "with what it called"], rows, { from: 1 })}`;
}

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

/** An icicle: the outermost function on top. Every name is escaped, for a target chooses them. */
export function flameGraph(flame: Flame, id: string): Markup {
  const frames = [...framesOf(flame, 0, 0)];
  const height = (Math.max(0, ...frames.map(({ depth }) => depth)) + 1) * rowHeight;
  const shapes = frames.map(({ name, share, left, depth }) => {
    const [x, w] = [round(left * width), Math.max(0.5, round(share * width) - 1)];
    const letters = Math.floor((w - 6) / letterWidth);
    const shown = name.length <= letters ? name : letters >= 4 ? `${name.slice(0, letters - 1)}…` : "";
    const text = shown === "" ? null : html`<text x="${x + 3}" y="${depth * rowHeight + 12.5}">${shown}</text>`;
    return html`<g class="tone-${toneOfName(name)}"><title>${name}, ${formatShare(share)}</title><rect x="${x}" y="${depth * rowHeight}" width="${w}" height="${rowHeight - 1}"/>${text}</g>`;
  });
  return html`<div class="scroll"><svg class="flame" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title"><title id="${id}-title">Flame graph: the table below it has the same figures</title>${shapes}</svg></div>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** The same function has the same colour wherever it stands. */
function toneOfName(name: string): number {
  let hash = 0;
  for (let index = 0; index < name.length; index++) hash = (Math.imul(hash, 31) + name.charCodeAt(index)) >>> 0;
  return (hash % 6) + 1;
}
