import { buryStages } from "./part-tally.ts";
import type { Tally } from "./tally.ts";

/** Closes the account of a shard that died: nothing remains open and nothing is counted twice. */
export function buryTally(tally: Tally): void {
  const { counts } = tally;
  const lost = counts.open + counts.closing;
  const pending = counts.attempted - counts.opened - counts.refused;
  const pendingReturns = counts.reconnectsAttempted - counts.reconnectsOpened - counts.reconnectsRefused;
  counts.closedUnexpectedly += lost;
  counts.refused += pending;
  counts.reconnectsRefused += pendingReturns;
  const total = lost + pending + pendingReturns;
  if (total > 0) tally.causes["generator-died"] = (tally.causes["generator-died"] ?? 0) + total;
  buryStages(tally.stages ?? [], pending + pendingReturns);
  tally.requests?.bury();
  tally.conversation?.bury();
  Object.assign(counts, { open: 0, closing: 0, connecting: 0, backoff: 0 });
}
