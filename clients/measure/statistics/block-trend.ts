/** The trend of a soak series: blocks long enough to be independent, then a Theil-Sen slope over them. */
import { type BlockStatistic, type Blocks, blocksOf, type Series, type Slope, theilSenWithin } from "./trend.ts";

/** Fewest blocks a trend is judged on. */
export const blocksAtLeast = 12;
const blockCounts = [96, 64, 48, 36, 30, 24, 20, 16, blocksAtLeast];
/** Parts of a series may be short, each for itself: finer blocks are tried first. */
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
    last = trendOfBlocks([blocks]) ?? last;
    if (last !== null && !last.dependent) return last;
  }
  return last;
}

/** The trend within parts of a series, and the indexes of the parts it uses: those of at least 4 blocks. */
export interface PartTrend extends BlockTrend {
  parts: number[];
}

/**
 * One slope for all parts, from pairs of blocks within the same part, so that each part may have its own level. Blocks
 * are equally long in all parts. Null where there are fewer than {@link blocksAtLeast} in total.
 */
export function trendWithin(parts: readonly Series[], statistic: BlockStatistic): PartTrend | null {
  const spans = parts.map(({ atMs }) => Math.max(0, (atMs[atMs.length - 1] ?? 0) - (atMs[0] ?? 0)));
  const totalMs = spans.reduce((sum, ms) => sum + ms, 0);
  let last: PartTrend | null = null;
  for (const count of partBlockCounts) {
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

function trendOfBlocks(parts: readonly Blocks[]): BlockTrend | null {
  const plain = theilSenWithin(parts);
  if (plain === null) return null;
  const count = parts.reduce((sum, { values }) => sum + values.length, 0);
  const raw = lagOneAbout(parts, plain.estimate);
  // Residuals about a fitted line are less correlated than the noise: by about (2 + 4 r) / n; all of it but the slope's
  // share arises once per part.
  const bias = (parts.length * (1 + 4 * Math.max(0, raw)) + 1) / count;
  const correlation = Math.max(-0.9, Math.min(0.9, raw + bias));
  const inflation = correlation > 0 ? (1 + correlation) / (1 - correlation) : 1;
  const slope = theilSenWithin(parts, inflation) ?? plain;
  const blockMs = parts.reduce((most, part) => Math.max(most, part.blockMs), 0);
  return { slope, blocks: count, blockMs, lagOne: correlation, dependent: correlation >= lagOneBelow };
}

/** Lag-one correlation of blocks about a slope and each part's own mean, -1..1. */
function lagOneAbout(parts: readonly Blocks[], slope: number): number {
  let products = 0;
  let squares = 0;
  for (const { atMs, values } of parts) {
    const residuals = values.map((value, index) => value - slope * (atMs[index] ?? 0));
    const mean = residuals.reduce((sum, value) => sum + value, 0) / residuals.length;
    residuals.forEach((value, index) => {
      squares += (value - mean) ** 2;
      if (index > 0) products += (value - mean) * (residuals[index - 1]! - mean);
    });
  }
  return squares > 0 ? products / squares : 0;
}
