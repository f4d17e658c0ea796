/**
 * What a run has counted in its parts: its stages, the addresses of its target. Cumulative and mergeable as the tally
 * they are part of. Every event is in the stage in which it was counted, a push in that in which it came or came to be
 * late; all stages add up to the run:
 *
 *   open at its beginning + opened = closed by plan + lost + open at its end
 */
import { type Cause, causeList } from "./cause.ts";
import { Histogram } from "./histogram/histogram.ts";
import { histogramFromWire, histogramToWire } from "./histogram/histogram-wire.ts";

/** What is counted of a part; `open` is what a stage's end left, those we were closing among them. */
export const partCounters = [
  "opened",
  "refused",
  "closedByPlan",
  "closedUnexpectedly",
  "received",
  "late",
  "lost",
  "open",
] as const;
export type PartCounter = (typeof partCounters)[number];

export interface PartCounts {
  counts: Record<PartCounter, number>;
  /** Of refusals and of ends, ours among them. */
  causes: Partial<Record<Cause, number>>;
  push: Histogram;
}

export interface WirePart {
  counts: number[];
  causes: Partial<Record<Cause, number>>;
  push: string;
}

export const noPart = (): PartCounts => ({
  counts: Object.fromEntries(partCounters.map((name) => [name, 0])) as PartCounts["counts"],
  causes: {},
  push: new Histogram(),
});

/** Adds the parts of another shard, one by one. */
export function addParts(sum: PartCounts[], others: readonly PartCounts[]): void {
  for (const [index, other] of others.entries()) {
    sum[index] ??= noPart();
    const own = sum[index];
    for (const name of partCounters) own.counts[name] += other.counts[name];
    for (const cause of causeList)
      if (other.causes[cause]) own.causes[cause] = (own.causes[cause] ?? 0) + other.causes[cause];
    own.push.add(other.push);
  }
}

/** Ends the stage a shard died in: what it held is lost with it, what was pending is refused by it. */
export function buryStages(stages: readonly PartCounts[], pending: number): void {
  const last = stages.at(-1);
  if (last === undefined) return;
  const { counts, causes } = last;
  const total = counts.open + pending;
  if (total > 0) causes["generator-died"] = (causes["generator-died"] ?? 0) + total;
  counts.closedUnexpectedly += counts.open;
  counts.refused += pending;
  counts.open = 0;
}

export const partsToWire = (stages: readonly PartCounts[]): WirePart[] =>
  stages.map(({ counts, causes, push }) => ({
    counts: partCounters.map((name) => counts[name]),
    causes: { ...causes },
    push: histogramToWire(push),
  }));

export const partsFromWire = (wire: readonly WirePart[]): PartCounts[] =>
  wire.map(({ counts, causes, push }) => ({
    counts: Object.fromEntries(partCounters.map((name, i) => [name, counts[i] ?? 0])) as PartCounts["counts"],
    causes: { ...causes },
    push: histogramFromWire(push),
  }));
