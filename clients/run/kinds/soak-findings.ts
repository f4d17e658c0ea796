/** From what a soak's watch collected to its block in the report and its verdict (docs/soak.md). Pure. */
import type { BoundedSeries } from "../../measure/statistics/bounded-series.ts";
import { judgeDrift } from "../../measure/statistics/drift.ts";
import { afterWarmUp, judgeLeak, warmUpMs } from "../../measure/statistics/leak.ts";
import { median } from "../../measure/statistics/median.ts";
import { blocksOf, type Series } from "../../measure/statistics/trend.ts";
import { formatBytes } from "../../report/model/format.ts";
import type { Reason, Report, Verdict } from "../../report/model/report.ts";
import type {
  OwnProcess,
  SoakBlock,
  SoakDrift,
  SoakGrowth,
  SoakResidue,
} from "../../report/model/schema/soak-block.ts";
import { starvedReasons } from "../../report/model/verdict/trust-reasons.ts";
import { durationMs } from "../../scenario/duration.ts";
import type { SoakScenario } from "../../scenario/soak-schema.ts";
import type { SoakWatch } from "./soak-watch.ts";

const hourMs = 3_600_000;
/** Descriptors that may be gained over the lifetime. */
const descriptorBudget = 16;
/**
 * Of its own memory the generator may gain this share over the hold, and at least so many bytes: its runtime warms up
 * in any soak.
 */
const ownShare = 0.1;
const ownBytes = 32 * 2 ** 20;
const unitBytes: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Bytes that may be gained over a lifetime, by a budget such as "10MiB/h" or "10%" of the level at the start. */
export function budgetBytes(text: string, lifetimeMs: number, startBytes: number): number {
  const [, number, unit = "%"] = /^([0-9.]+)\s*(%|B|KiB|MiB|GiB)/.exec(text) ?? [];
  return unit === "%" ? (Number(number) / 100) * startBytes : (Number(number) * unitBytes[unit]! * lifetimeMs) / hourMs;
}

/** The lowest level in the first twelfth after the warm-up: what there was before it could grow. */
function startLevel(settled: Series): number {
  return blocksOf(settled, Math.min(12, Math.max(1, settled.values.length)), "minimum").values[0] ?? 0;
}

interface GrowthTerms {
  lifetimeMs: number;
  warmUpMs: number;
  budget: (start: number) => number;
  limit?: number;
  connections?: number;
  pushesPerSecond?: number;
}

function growthOf({ series }: BoundedSeries, terms: GrowthTerms): SoakGrowth {
  const settled = afterWarmUp(series, terms.warmUpMs);
  const budget = terms.budget(startLevel(settled));
  const { limit, connections, pushesPerSecond } = terms;
  const judged = judgeLeak(series, {
    lifetimeMs: terms.lifetimeMs,
    budgetBytes: budget,
    warmUpMs: terms.warmUpMs,
    ...(limit === undefined ? {} : { limitBytes: limit }),
    ...(connections === undefined ? {} : { connections }),
    ...(pushesPerSecond === undefined ? {} : { pushesPerSecond }),
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
    anchor: slope === null ? null : { atMs: median(blocks.atMs), level: median(blocks.values) },
    fromMs: settled.atMs[0] ?? 0,
    toMs: settled.atMs[settled.atMs.length - 1] ?? 0,
  };
}

/** The first third against the last; with a budget of the scenario's own instead of the larger of 10 % and 5 ms. */
function driftOf(p99Ms: readonly number[], budgetMs: number | null): SoakDrift {
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

/** The block after what the watch has seen so far. */
export function soakBlock(scenario: SoakScenario, watch: SoakWatch, residue: SoakResidue[]): SoakBlock {
  const heldMs = Math.max(0, watch.lastMs - (watch.holdMs ?? watch.lastMs));
  const warmMs = scenario.warmUp === undefined ? warmUpMs(heldMs) : durationMs(scenario.warmUp);
  const lifetimeMs = durationMs(scenario.lifetime ?? scenario.hold);
  const limit =
    scenario.targetMemoryMiB === undefined ? {} : { limit: scenario.targetMemoryMiB * scenario.replicas * 2 ** 20 };
  const rates = {
    connections: scenario.connections,
    ...(heldMs > 0 && watch.pushes > 0 ? { pushesPerSecond: watch.pushes / (heldMs / 1000) } : {}),
  };
  const memory = {
    lifetimeMs,
    warmUpMs: warmMs,
    budget: (start: number) => budgetBytes(scenario.memoryGrowth, lifetimeMs, start),
    ...limit,
    ...rates,
  };
  const fds = { lifetimeMs, warmUpMs: warmMs, budget: () => descriptorBudget };
  const own = { lifetimeMs: heldMs, warmUpMs: warmMs };
  const ownTerms = { ...own, budget: (start: number) => Math.max(ownBytes, start * ownShare) };
  const isWatched = watch.targetMemory.length > 0;
  const judgedFromMs = (watch.holdMs ?? 0) + warmMs;
  const bursts = watch.allBursts().filter(({ atMs }) => atMs >= judgedFromMs);
  return {
    heldMs,
    warmUpMs: warmMs,
    memory: isWatched ? growthOf(watch.targetMemory, memory) : null,
    descriptors: isWatched ? growthOf(watch.targetFds, fds) : null,
    latency:
      bursts.length === 0
        ? null
        : driftOf(
            bursts.map(({ p99Ms }) => p99Ms),
            scenario.latencyDrift === undefined ? null : durationMs(scenario.latencyDrift),
          ),
    residue,
    generator: {
      memory: growthOf(watch.generatorMemory, ownTerms),
      processes: [...watch.ownMemory].map(([name, series]) => ownProcess(name, series, ownTerms)),
      descriptors: growthOf(watch.generatorFds, { ...own, budget: () => descriptorBudget }),
      gap: driftOf(watch.gaps.series.values, null),
    },
    replacedShards: watch.replacedShards,
  };
}

/** A process of ours: its slope, and between what levels it stayed once it was warm. */
function ownProcess(name: string, memory: BoundedSeries, terms: GrowthTerms): OwnProcess {
  const levels = Array.from(afterWarmUp(memory.series, terms.warmUpMs).values);
  const late = levels.slice(Math.floor(levels.length / 3));
  return {
    name,
    growth: growthOf(memory, terms),
    levels: late.length === 0 ? null : { lowest: Math.min(...late), highest: Math.max(...late) },
  };
}

/** What the target did wrong over time. */
export function soakReasons({ memory, descriptors, latency, residue }: SoakBlock): Reason[] {
  const reasons: Reason[] = [];
  if (memory?.verdict === "leak") {
    const sure = `95 % limits ${formatBytes(memory.lower ?? 0)} to ${formatBytes(memory.upper ?? 0)}`;
    reasons.push({
      code: "memory-leak",
      text: `the target's memory grows by ${formatBytes(memory.perHour ?? 0)} an hour (${sure}): ${formatBytes(memory.projected ?? 0)} over its lifetime, expected at most ${formatBytes(memory.budget)}`,
    });
  }
  if (descriptors?.verdict === "leak") {
    reasons.push({
      code: "descriptor-leak",
      text: `the target gains ${(descriptors.perHour ?? 0).toFixed(1)} descriptors an hour; expected at most ${descriptors.budget} over its lifetime`,
    });
  }
  if (latency?.verdict === "drift") {
    reasons.push({
      code: "latency-drift",
      text: `the per-burst p99 rose from ${latency.firstMs?.toFixed(1)} ms in the first third to ${latency.lastMs?.toFixed(1)} ms in the last; expected a rise of at most ${latency.budgetMs?.toFixed(1)} ms`,
    });
  }
  for (const { name, before, after, allowed, ok, decides } of residue) {
    if (ok || !decides) continue;
    reasons.push({
      code: "residue",
      text: `${name}: ${before} before the connections, ${after} after all were closed; expected at most ${allowed} more`,
    });
  }
  return reasons;
}

/** What of ourselves grew beyond its budget: whatever was measured meanwhile may be ours, and the run is invalid. */
export function ownReasons({ generator }: SoakBlock): Reason[] {
  const reasons: Reason[] = [];
  if (generator.memory.verdict === "leak") {
    const text = `the generator's memory grew by ${formatBytes(generator.memory.perHour ?? 0)} an hour: ${formatBytes(generator.memory.projected ?? 0)} over the hold, expected at most ${formatBytes(generator.memory.budget)}`;
    reasons.push({ code: "generator-grows", text });
  }
  if (generator.descriptors.verdict === "leak") {
    const text = `the generator's descriptors grew by ${(generator.descriptors.perHour ?? 0).toFixed(1)} an hour; expected at most ${generator.descriptors.budget} over the hold`;
    reasons.push({ code: "generator-grows", text });
  }
  return reasons;
}

/**
 * What the scenario itself asks to be judged and was not. Null: not measured; the budgets of the schema alone ask for
 * nothing, and what they could not judge is a note. A soak that could judge neither memory nor latency was none.
 */
export function unjudgedReasons(
  { memory, latency }: SoakBlock,
  { latencyDrift }: Pick<SoakScenario, "latencyDrift">,
): Reason[] {
  const isJudged = (part: { verdict: string } | null): boolean => part !== null && part.verdict !== "too-short";
  if (latencyDrift !== undefined && !isJudged(latency))
    return [
      {
        code: "not-measured",
        text: `latencyDrift: expected at most ${latencyDrift}, but there were too few bursts with a latency to judge`,
      },
    ];
  return isJudged(memory) || isJudged(latency)
    ? []
    : [
        {
          code: "not-measured",
          text: "neither memory nor latency could be judged: hold longer, use --pid, or push more often",
        },
      ];
}

/** What a reader should know, and neither blames the target nor spoils the run. */
export function ownNotes({ generator, memory, latency }: SoakBlock): Reason[] {
  const notes: Reason[] = [];
  if (generator.gap.verdict === "drift")
    notes.push({
      code: "generator-slows",
      text: `the generator's read delay rose from ${generator.gap.firstMs?.toFixed(2)} to ${generator.gap.lastMs?.toFixed(2)} ms`,
    });
  if (memory === null)
    notes.push({
      code: "memory-not-watched",
      text: "the target's processes were not monitored (use --pid): memory and descriptors were not judged",
    });
  const short = [
    ...(memory?.verdict === "too-short" ? ["memory"] : []),
    ...(latency?.verdict === "too-short" ? ["latency"] : []),
  ];
  if (short.length > 0)
    notes.push({
      code: "soak-too-short",
      text: `too short to judge ${short.join(" and ")}: memory needs 12 blocks, latency 60 bursts after the warm-up`,
    });
  return notes;
}

/**
 * The report with the soak's verdict: an invalid run stays invalid, what of ours grew makes it so; what grew or drifted
 * fails it.
 */
export function withSoak(report: Report, block: SoakBlock, scenario: Pick<SoakScenario, "latencyDrift">): Report {
  const reasons = soakReasons(block);
  const own = [
    ...ownReasons(block),
    ...(reasons.some(({ code }) => code === "latency-drift") && report.verdict !== "invalid"
      ? starvedReasons(report.trust)
      : []),
  ];
  const invalid =
    report.state === "finished" && report.stoppedEarly === undefined
      ? [...own, ...unjudgedReasons(block, scenario)]
      : own;
  return {
    ...report,
    verdict: soakVerdict(report, reasons, invalid),
    // What made the run invalid before it was judged as a soak is why the soak could not be judged.
    reasons:
      report.verdict === "invalid"
        ? [...report.reasons, ...invalid, ...reasons]
        : [...invalid, ...report.reasons, ...reasons],
    notes: [...report.notes, ...ownNotes(block)],
    soak: block,
  };
}

/** A dead target says enough, however short the soak was. */
function soakVerdict(
  { verdict, reasons }: Report,
  failed: readonly Reason[],
  invalid: readonly Reason[],
): Verdict | null {
  if (verdict === null || verdict === "invalid") return verdict;
  const isDead = reasons.some(({ code }) => code === "target-died" || code === "target-unreachable");
  if (invalid.length > 0 && !isDead) return "invalid";
  return failed.length > 0 ? "fail" : verdict;
}
