/**
 * Counts of a run by part: its stages, or the addresses of its target. Cumulative and mergeable like the tally they
 * belong to. Every event belongs to the stage in which it was counted, a push to the one in which it arrived or became
 * late; the stages add up to the run:
 *
 *   open at its beginning + opened = closed by plan + lost + open at its end
 */
import { type Cause, causeList } from "./cause.ts";
import { Histogram } from "./histogram/histogram.ts";
import { histogramFromWire, histogramToWire } from "./histogram/histogram-wire.ts";

/** Counters of a part; `open` is the number open at a stage's end, including those being closed. */
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
  /** Causes of refusals and of ended connections, including those the generator closed. */
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

/** Adds the parts of another shard, index by index. */
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

/** Closes the stage a shard died in: its connections are lost, and its pending ones refused. */
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
