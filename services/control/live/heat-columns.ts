/** Converts a run's seconds to columns of a heatmap: number of values per row over time. Pure; drawn by the page. */
import {
  addBucketCounts,
  type BucketCounts,
  countIn,
  countOfAll,
  histogramBoundsSeconds,
} from "../../../clients/measure/histogram/bucket-counts.ts";

/** One second's counts, reported at its end. */
export interface HeatSecond {
  atMs: number;
  buckets: BucketCounts | undefined;
}

export interface HeatColumn {
  /** Covers the time after this, up to `toMs`. */
  fromMs: number;
  toMs: number;
  /** Number of values in all rows. */
  count: number;
  buckets: BucketCounts;
}

/**
 * Longest time one tick can cover, milliseconds: after a gap (dropped ticks of a slow reader) its column does not
 * extend over the unknown time.
 */
const longestSecondMs = 1500;
/** Fewest rows drawn, so that one narrow band does not fill the panel. */
const fewestRows = 8;

/** Time per column, milliseconds, such that there are at most `most`: one second, doubled as often as necessary. */
export function columnMs(seconds: readonly HeatSecond[], most: number): number {
  const spanMs = (seconds.at(-1)?.atMs ?? 0) - (seconds[0]?.atMs ?? 0);
  let strideMs = 1000;
  // The first and last column may be partial; a tick may be slightly early.
  while (strideMs === 1000 ? seconds.length > most : spanMs / strideMs + 2 > most) strideMs *= 2;
  return strideMs;
}

/**
 * At most `most` columns. While there is room, one per second; then two, four, eight seconds per column, always
 * grouping the same seconds: a complete column never changes, and includes quiet seconds. Completely quiet columns are
 * omitted.
 */
export function heatColumns(seconds: readonly HeatSecond[], most: number): HeatColumn[] {
  const strideMs = columnMs(seconds, most);
  const columns: HeatColumn[] = [];
  let beforeMs = (seconds[0]?.atMs ?? 0) - 1000;
  let groupFromMs = beforeMs;
  let key = Number.NaN;
  let isOpen = false;
  for (const { atMs, buckets } of seconds) {
    const own = strideMs === 1000 ? atMs : Math.floor(atMs / strideMs);
    if (own !== key) {
      groupFromMs = Math.max(beforeMs, atMs - longestSecondMs);
      isOpen = false;
    }
    key = own;
    beforeMs = atMs;
    const open: HeatColumn | undefined = isOpen ? columns.pop() : undefined;
    if (open !== undefined) columns.push(joined(open, atMs, buckets));
    else if (buckets !== undefined)
      columns.push({ fromMs: groupFromMs, toMs: atMs, count: countOfAll(buckets), buckets });
    isOpen = open !== undefined || buckets !== undefined;
  }
  return columns;
}

/** Adds a second to a column, even a quiet one. */
function joined(column: HeatColumn, toMs: number, buckets: BucketCounts | undefined): HeatColumn {
  if (buckets === undefined) return { ...column, toMs };
  return {
    ...column,
    toMs,
    count: column.count + countOfAll(buckets),
    buckets: addBucketCounts([column.buckets, buckets]) ?? buckets,
  };
}

/** The sum of all columns. */
export const heatTotal = (columns: readonly HeatColumn[]): BucketCounts =>
  addBucketCounts(columns.map(({ buckets }) => buckets)) ?? { from: 0, counts: [] };

/** The rows to draw, `to` exclusive: those with values, plus one empty row on each side. */
export function heatRows(total: BucketCounts): { from: number; to: number } {
  const highest = histogramBoundsSeconds.length + 1;
  const from = Math.max(0, total.from - 1);
  const to = Math.min(highest, total.from + total.counts.length + 1);
  const missing = Math.max(0, fewestRows - (to - from));
  const lower = Math.max(0, from - Math.floor(missing / 2));
  return { from: lower, to: Math.min(highest, Math.max(to, lower + fewestRows)) };
}

/** The share of a column's values at which each of six colours starts: tails of one in a thousand stay visible. */
export const heatShares = [0, 0.001, 0.01, 0.03, 0.1, 0.3] as const;

/** Which of the six colours a cell has; -1 when it is empty. */
export function heatStep(column: HeatColumn, row: number): number {
  const count = countIn(column.buckets, row);
  return count === 0 ? -1 : heatShares.findLastIndex((share) => count / column.count >= share);
}

const boundMs = (row: number): string => String(Number(((histogramBoundsSeconds[row] ?? 0) * 1000).toPrecision(3)));

/** The upper bound of a row as an axis label. */
export const rowTop = (row: number): string =>
  row < 0 ? "0" : row >= histogramBoundsSeconds.length ? "" : boundMs(row);

/** "51.2 to 72.4 ms". */
export function rowText(row: number): string {
  if (row >= histogramBoundsSeconds.length) return `above ${boundMs(histogramBoundsSeconds.length - 1)} ms`;
  return row === 0 ? `up to ${boundMs(0)} ms` : `${boundMs(row - 1)} to ${boundMs(row)} ms`;
}

/** A share for people; less than all is never shown as 100 %, more than nothing never as 0 %. */
export function shareText(count: number, of: number): string {
  if (count === 0 || of === 0) return "0 %";
  if (count === of) return "100 %";
  const percent = (count / of) * 100;
  if (percent < 0.1) return "below 0.1 %";
  return percent > 99.9 ? "above 99.9 %" : `${percent.toFixed(1)} %`;
}

/** The chart as text: the total, the fullest row, and the overall bounds. */
export function heatSummary(columns: readonly HeatColumn[], noun: string): string {
  const total = heatTotal(columns);
  const count = countOfAll(total);
  if (count === 0) return `No ${noun} yet.`;
  const fullest = total.from + total.counts.indexOf(Math.max(...total.counts));
  const top = total.from + total.counts.length - 1;
  const [first, last] = [columns[0], columns.at(-1)];
  const span = `from ${seconds(first?.fromMs ?? 0)} to ${seconds(last?.toMs ?? 0)} s`;
  const most = `${shareText(countIn(total, fullest), count)} took ${rowText(fullest)}`;
  const slowest = top === fullest ? "none took longer" : `the slowest ${rowText(top)}`;
  return `${count.toLocaleString("en-US")} ${noun} ${span}: ${most}, ${slowest}.`;
}

/** One cell as text. */
export function cellText({ fromMs, toMs, count, buckets }: HeatColumn, row: number, noun: string): string {
  const inRow = countIn(buckets, row);
  const of = `${inRow.toLocaleString("en-US")} of ${count.toLocaleString("en-US")} ${noun} (${shareText(inRow, count)})`;
  return `${seconds(fromMs)} to ${seconds(toMs)} s, ${rowText(row)}: ${of}`;
}

const seconds = (ms: number): string => String(Math.max(0, Math.round(ms / 100) / 10));
