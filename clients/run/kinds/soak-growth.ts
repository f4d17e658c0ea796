/** Growth and drift over a soak, each judged against its budget, as they appear in the report. Pure. */
import type { BoundedSeries } from "../../measure/statistics/bounded-series.ts";
import { judgeDrift } from "../../measure/statistics/drift.ts";
import { afterWarmUp, judgeLeak, withinStretch } from "../../measure/statistics/leak.ts";
import { median } from "../../measure/statistics/median.ts";
import { blocksOf, type Series } from "../../measure/statistics/trend.ts";
import type { SoakDrift, SoakGrowth } from "../../report/model/schema/soak-block.ts";
import type { JudgedStage } from "./soak-stages.ts";

const hourMs = 3_600_000;
const unitBytes: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Acceptable growth over a lifetime, bytes, from a budget such as "10MiB/h" or "10%" of the starting level. */
export function budgetBytes(text: string, lifetimeMs: number, startBytes: number): number {
  const [, number, unit = "%"] = /^([0-9.]+)\s*(%|B|KiB|MiB|GiB)/.exec(text) ?? [];
  return unit === "%" ? (Number(number) / 100) * startBytes : (Number(number) * unitBytes[unit]! * lifetimeMs) / hourMs;
}

/** Lowest level in the first twelfth after the warm-up, before it could grow. */
function startLevel(settled: Series): number {
  return blocksOf(settled, Math.min(12, Math.max(1, settled.values.length)), "minimum").values[0] ?? 0;
}

export interface GrowthTerms {
  lifetimeMs: number;
  warmUpMs: number;
  budget: (start: number) => number;
  limit?: number;
  connections?: number;
  pushesPerSecond?: number;
  /** For a soak in stages: the holds within which growth is judged. */
  stages?: readonly JudgedStage[];
}

/** The growth of a level over the soak, or within its stages. */
export function growthOf({ series }: BoundedSeries, terms: GrowthTerms): SoakGrowth {
  const { limit, connections, pushesPerSecond, stages } = terms;
  const settled = stages === undefined ? afterWarmUp(series, terms.warmUpMs) : fullest(series, stages);
  const budget = terms.budget(startLevel(settled));
  const judged = judgeLeak(series, {
    lifetimeMs: terms.lifetimeMs,
    budgetBytes: budget,
    warmUpMs: terms.warmUpMs,
    ...(limit === undefined ? {} : { limitBytes: limit }),
    ...(connections === undefined ? {} : { connections }),
    ...(pushesPerSecond === undefined ? {} : { pushesPerSecond }),
    ...(stages === undefined ? {} : { stretches: stages }),
  });
  const { bytesPerHour: slope } = judged;
  const blocks = blocksOf(settled, Math.max(1, judged.blocks), "minimum");
  return {
    verdict: judged.verdict,
    perHour: slope?.estimate ?? null,
    lower: slope?.lower ?? null,
    upper: slope?.upper ?? null,
    projected: judged.projectedBytes,
    budget,
    lifetimeMs: terms.lifetimeMs,
    projectedMs: judged.timeToLimitMs,
    perConnectionHour: judged.bytesPerConnectionHour,
    perMillionPushes: judged.bytesPerMillionPushes,
    blocks: judged.blocks,
    blockMs: judged.blockMs,
    lagOne: judged.lagOne,
    dependent: judged.dependent,
    ...(stages === undefined ? {} : { stages: (judged.stretches ?? []).map((index) => stages[index]!.number) }),
    // A single line cannot represent stages of different levels.
    anchor: slope === null || stages !== undefined ? null : { atMs: median(blocks.atMs), level: median(blocks.values) },
    fromMs: settled.atMs[0] ?? 0,
    toMs: settled.atMs[settled.atMs.length - 1] ?? 0,
  };
}

/** The first of the stages with the most connections: its memory is the basis of a budget in percent. */
function fullest(series: Series, stages: readonly JudgedStage[]): Series {
  const most = Math.max(...stages.map(({ connections }) => connections));
  const first = stages.find(({ connections }) => connections === most);
  return first === undefined ? { atMs: [], values: [] } : withinStretch(series, first);
}

/** Compares the first third with the last; the scenario's budget, if any, replaces the larger of 10 % and 5 ms. */
export function driftOf(p99Ms: readonly number[], budgetMs: number | null): SoakDrift {
  const { verdict, firstMs, lastMs, shiftMs, thresholdMs } = judgeDrift(p99Ms);
  const budget = budgetMs ?? thresholdMs;
  const drifts = shiftMs !== null && budget !== null && shiftMs.lower > 0 && shiftMs.estimate > budget;
  return {
    verdict: verdict === "too-short" ? verdict : drifts ? "drift" : "steady",
    firstMs,
    lastMs,
    shiftMs,
    budgetMs: budget,
    bursts: p99Ms.length,
  };
}
