/**
 * Each meaning has one colour on every panel: a line's colour depends on what it shows, never on its position in a
 * list.
 */
import { type Cause, causeList, causes, isClosedByGenerator } from "../../../../../clients/measure/cause.ts";

/** For light and dark backgrounds. */
type Shades = readonly [light: string, dark: string];

const alive: Shades = ["#15803d", "#57c77a"];
const asked: Shades = ["#7b8794", "#8b98a5"];
const arrived: Shades = ["#1b6ca8", "#6cb6ff"];
const wrong: Shades = ["#c4221c", "#ff7b72"];
const late: Shades = ["#b45309", "#e3a04b"];
const returning: Shades = ["#7e22ce", "#c297ff"];
const ended: Shades = ["#334155", "#c9d4df"];
const ofTarget: Shades = ["#0e7490", "#39c5cf"];
const ofUs: Shades = ["#8a6100", "#d3a53b"];

/** From the median of a distribution to its tail: one hue with increasing contrast. */
const ranks: Readonly<Record<string, Shades>> = {
  p50: ["#8aa4dd", "#4c6bb0"],
  p90: ["#6480cf", "#6f8fdb"],
  p99: ["#4355b5", "#93b0f5"],
  "p99.9": ["#332f8f", "#bccffb"],
  max: ["#1d1650", "#edf2ff"],
};

const meanings: Readonly<Record<string, Shades>> = {
  ...ranks,
  open: alive,
  opened: alive,
  planned: asked,
  due: asked,
  none: asked,
  received: arrived,
  answered: arrived,
  lost: wrong,
  failed: wrong,
  late,
  connecting: late,
  reconnecting: returning,
  reconnected: returning,
  closed: ended,
  closing: ended,
  duplicated: ["#a21caf", "#ee8ff4"],
  "out of order": ["#92400e", "#d9a17c"],
  "tick lag": ofTarget,
  delivery: ["#4d7c0f", "#a3c94f"],
  CPU: ofTarget,
  resident: ofTarget,
  "per connection": ofTarget,
  descriptors: ofTarget,
  gap: ofUs,
  unstamped: ofUs,
  shared: ["#5b4b2a", "#b9a77a"],
};

const unasked = causeList.filter((cause) => !isClosedByGenerator(cause));

/** Warm colours from magenta over red to yellow, one per cause; grey for ends requested by the generator. */
function causeColour(cause: Cause, isDark: boolean): string {
  const place = unasked.indexOf(cause);
  if (place === -1) return asked[isDark ? 1 : 0];
  const hue = (320 + Math.round((place * 100) / unasked.length)) % 360;
  return `hsl(${hue}, ${isDark ? 90 : 75}%, ${(isDark ? 64 : 38) + (place % 2) * 10}%)`;
}

/** Shards differ only by hue, without a ranking. */
const shardColour = (shard: number, isDark: boolean): string =>
  `hsl(${(40 + shard * 47) % 360}, 45%, ${isDark ? 68 : 38}%)`;

/** The colour of a line by its label; a cause may be followed by a colon and its code. */
export function colourOf(label: string, isDark: boolean): string {
  const shades = meanings[label];
  if (shades !== undefined) return shades[isDark ? 1 : 0];
  const shard = /^shard (\d+)$/.exec(label);
  if (shard !== null) return shardColour(Number(shard[1]), isDark);
  const [cause = ""] = label.split(":");
  return cause in causes ? causeColour(cause as Cause, isDark) : wrong[isDark ? 1 : 0];
}

/** Lines that show planned values are dashed. */
export const isDashed = (label: string): boolean => label === "planned" || label === "due";
