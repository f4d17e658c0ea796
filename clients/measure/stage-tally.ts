/**
 * What a run has counted by stage. Cumulative and mergeable as the tally it is part of. Every event is in the stage in
 * which it was counted, a push in that in which it came or came to be late; all stages add up to the run:
 *
 *   open at its beginning + opened = closed by plan + lost + open at its end
 */
import { type Cause, causeList } from "./cause.ts";
import { Histogram } from "./histogram.ts";
import { histogramFromWire, histogramToWire } from "./histogram-wire.ts";

/** What is counted by stage; `open` is what its end left, those we were closing among them. */
export const stageCounters = [
  "opened",
  "refused",
  "closedByPlan",
  "closedUnexpectedly",
  "received",
  "late",
  "lost",
  "open",
] as const;
export type StageCounter = (typeof stageCounters)[number];

export interface StageCounts {
  counts: Record<StageCounter, number>;
  /** Of refusals and of ends, ours among them. */
  causes: Partial<Record<Cause, number>>;
  push: Histogram;
}

export interface WireStage {
  counts: number[];
  causes: Partial<Record<Cause, number>>;
  push: string;
}

export const noStage = (): StageCounts => ({
  counts: Object.fromEntries(stageCounters.map((name) => [name, 0])) as StageCounts["counts"],
  causes: {},
  push: new Histogram(),
});

/** Adds the stages of another shard, one by one. */
export function addStages(sum: StageCounts[], others: readonly StageCounts[]): void {
  for (const [index, other] of others.entries()) {
    sum[index] ??= noStage();
    const own = sum[index];
    for (const name of stageCounters) own.counts[name] += other.counts[name];
    for (const cause of causeList)
      if (other.causes[cause]) own.causes[cause] = (own.causes[cause] ?? 0) + other.causes[cause];
    own.push.add(other.push);
  }
}

/** Ends the stage a shard died in: what it held is lost with it, what was pending is refused by it. */
export function buryStages(stages: readonly StageCounts[], pending: number): void {
  const last = stages.at(-1);
  if (last === undefined) return;
  const { counts, causes } = last;
  const total = counts.open + pending;
  if (total > 0) causes["generator-died"] = (causes["generator-died"] ?? 0) + total;
  counts.closedUnexpectedly += counts.open;
  counts.refused += pending;
  counts.open = 0;
}

export const stagesToWire = (stages: readonly StageCounts[]): WireStage[] =>
  stages.map(({ counts, causes, push }) => ({
    counts: stageCounters.map((name) => counts[name]),
    causes: { ...causes },
    push: histogramToWire(push),
  }));

export const stagesFromWire = (wire: readonly WireStage[]): StageCounts[] =>
  wire.map(({ counts, causes, push }) => ({
    counts: Object.fromEntries(stageCounters.map((name, i) => [name, counts[i] ?? 0])) as StageCounts["counts"],
    causes: { ...causes },
    push: histogramFromWire(push),
  }));
