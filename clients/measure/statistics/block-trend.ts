/** The trend of a soak series: blocks long enough to be independent, then a Theil-Sen slope over them. */
import { type BlockStatistic, type Blocks, blocksOf, lagOne, type Series, type Slope, theilSen } from "./trend.ts";

/** Fewest blocks a trend is judged on. */
export const blocksAtLeast = 12;
const blockCounts = [96, 64, 48, 36, 30, 24, 20, 16, blocksAtLeast];
/** Each part of a series may be short, so finer blocks are tried first. */
const partBlockCounts = [192, ...blockCounts];
const blocksOfPartAtLeast = 4;
const lagOneBelow = 0.3;

export interface BlockTrend {
  slope: Slope;
  blocks: number;
  blockMs: number;
  /** Lag-1 correlation of the blocks about their trend, corrected for its small-sample bias. */
  lagOne: number;
  /** No block length brought the correlation below 0.3; the limits are widened accordingly. */
  dependent: boolean;
  /** Indexes of the parts that are used: those of at least 4 blocks. */
  parts: number[];
}

/** The trend of a series that is one part, its blocks as {@link trendWithin} chooses them. */
export const blockTrend = (series: Series, statistic: BlockStatistic): BlockTrend | null =>
  trendWithin([series], statistic, blockCounts);

/**
 * One slope for all parts, from pairs of blocks within the same part, so that each part may have its own level. Uses the
 * shortest blocks, equally long in all parts, whose lag-1 correlation is below 0.3; null where there are fewer than
 * {@link blocksAtLeast} in total. Remaining correlation widens the limits: the variance grows by (1 + r) / (1 - r).
 */
export function trendWithin(
  parts: readonly Series[],
  statistic: BlockStatistic,
  counts: readonly number[] = partBlockCounts,
): BlockTrend | null {
  const spans = parts.map(({ atMs }) => Math.max(0, (atMs[atMs.length - 1] ?? 0) - (atMs[0] ?? 0)));
  const totalMs = spans.reduce((sum, ms) => sum + ms, 0);
  let last: BlockTrend | null = null;
  for (const count of counts) {
    const used = parts.flatMap((part, index) => {
      const own = Math.floor((spans[index]! * count) / totalMs + 1e-9);
      const fits = own >= blocksOfPartAtLeast && own <= part.values.length;
      return fits ? [{ index, blocks: blocksOf(part, own, statistic) }] : [];
    });
    if (used.reduce((sum, { blocks }) => sum + blocks.values.length, 0) < blocksAtLeast) continue;
    const trend = trendOfBlocks(used.map(({ blocks }) => blocks));
    if (trend !== null) last = { ...trend, parts: used.map(({ index }) => index) };
    if (last !== null && !last.dependent) return last;
  }
  return last;
}

function trendOfBlocks(parts: readonly Blocks[]): Omit<BlockTrend, "parts"> | null {
  const plain = theilSen(parts);
  if (plain === null) return null;
  const count = parts.reduce((sum, { values }) => sum + values.length, 0);
  const residuals = parts.map(({ atMs, values }) =>
    values.map((value, index) => value - plain.estimate * (atMs[index] ?? 0)),
  );
  const raw = lagOne(...residuals);
  // Residuals about a fitted line are less correlated than the noise: by about (2 + 4 r) / n; all of it but the slope's
  // share arises once per part.
  const bias = (parts.length * (1 + 4 * Math.max(0, raw)) + 1) / count;
  const correlation = Math.max(-0.9, Math.min(0.9, raw + bias));
  const inflation = correlation > 0 ? (1 + correlation) / (1 - correlation) : 1;
  const slope = theilSen(parts, inflation) ?? plain;
  const blockMs = parts.reduce((most, part) => Math.max(most, part.blockMs), 0);
  return { slope, blocks: count, blockMs, lagOne: correlation, dependent: correlation >= lagOneBelow };
}
