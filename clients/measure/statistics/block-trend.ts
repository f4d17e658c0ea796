/** The trend of a soak series: blocks long enough to be independent, then a Theil-Sen slope over them. */
import { type BlockStatistic, type Blocks, blocksOf, lagOne, type Series, type Slope, theilSen } from "./trend.ts";

/** Fewest blocks a trend is judged on. */
export const blocksAtLeast = 12;
const blockCounts = [96, 64, 48, 36, 30, 24, 20, 16, blocksAtLeast];
const lagOneBelow = 0.3;

export interface BlockTrend {
  slope: Slope;
  blocks: number;
  blockMs: number;
  /** Lag-1 correlation of the blocks about their trend, corrected for its small-sample bias. */
  lagOne: number;
  /** No block length brought the correlation below 0.3; the limits are widened accordingly. */
  dependent: boolean;
}

/**
 * Uses the shortest blocks whose lag-1 correlation is below 0.3, at least {@link blocksAtLeast} of them; null for a
 * series too short for that. Remaining correlation widens the limits: the variance grows by (1 + r) / (1 - r).
 */
export function blockTrend(series: Series, statistic: BlockStatistic): BlockTrend | null {
  let last: BlockTrend | null = null;
  for (const count of blockCounts) {
    if (count > series.values.length) continue;
    const blocks = blocksOf(series, count, statistic);
    if (blocks.values.length < blocksAtLeast) continue;
    last = trendOfBlocks(blocks) ?? last;
    if (last !== null && !last.dependent) return last;
  }
  return last;
}

function trendOfBlocks(blocks: Blocks): BlockTrend | null {
  const plain = theilSen(blocks.atMs, blocks.values);
  if (plain === null) return null;
  const count = blocks.values.length;
  const raw = lagOne(blocks.values.map((value, index) => value - plain.estimate * (blocks.atMs[index] ?? 0)));
  // Residuals about a fitted line are less correlated than the noise: by about (2 + 4 r) / n.
  const correlation = Math.max(-0.9, Math.min(0.9, raw + (2 + 4 * Math.max(0, raw)) / count));
  const inflation = correlation > 0 ? (1 + correlation) / (1 - correlation) : 1;
  const slope = theilSen(blocks.atMs, blocks.values, inflation) ?? plain;
  return { slope, blocks: count, blockMs: blocks.blockMs, lagOne: correlation, dependent: correlation >= lagOneBelow };
}
