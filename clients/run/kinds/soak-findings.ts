/** Converts what was collected during a soak to its block in the report and its verdict (docs/soak.md). Pure. */
import type { BoundedSeries } from "../../measure/statistics/bounded-series.ts";
import { afterWarmUp, warmUpMs } from "../../measure/statistics/leak.ts";
import { formatBytes } from "../../report/model/format.ts";
import type { Reason, Report, Verdict } from "../../report/model/report.ts";
import type { OwnProcess, SoakBlock, SoakResidue } from "../../report/model/schema/soak-block.ts";
import { starvedReasons } from "../../report/model/verdict/trust-reasons.ts";
import { durationMs } from "../../scenario/duration.ts";
import type { SoakScenario } from "../../scenario/soak-schema.ts";
import { budgetBytes, driftOf, type GrowthTerms, growthOf } from "./soak-growth.ts";
import { centredByStage, stagesBlock, stagesNote, stagesToJudge } from "./soak-stages.ts";
import type { SoakWatch } from "./soak-watch.ts";

/** Descriptors that may be gained over the lifetime. */
const descriptorBudget = 16;
/**
 * Share by which the generator's own memory may grow over the hold, and the minimum allowed in bytes: its runtime warms
 * up in any soak.
 */
const ownShare = 0.1;
const ownBytes = 32 * 2 ** 20;

/** The block for what has been collected so far. */
export function soakBlock(scenario: SoakScenario, watch: SoakWatch, residue: SoakResidue[]): SoakBlock {
  const heldMs = Math.max(0, watch.lastMs - (watch.holdMs ?? watch.lastMs));
  const warmMs = scenario.warmUp === undefined ? warmUpMs(heldMs) : durationMs(scenario.warmUp);
  const lifetimeMs = durationMs(scenario.lifetime ?? scenario.hold);
  const limit =
    scenario.targetMemoryMiB === undefined ? {} : { limit: scenario.targetMemoryMiB * scenario.replicas * 2 ** 20 };
  const stages = stagesToJudge(scenario, watch);
  const within = stages === null ? {} : { stages: stages.judged };
  // In a soak in stages there is no single number of connections or rate of pushes to divide the slope by.
  const rates =
    stages !== null
      ? {}
      : {
          ...limit,
          connections: scenario.connections,
          ...(heldMs > 0 && watch.pushes > 0 ? { pushesPerSecond: watch.pushes / (heldMs / 1000) } : {}),
        };
  const memory = {
    lifetimeMs,
    warmUpMs: warmMs,
    budget: (start: number) => budgetBytes(scenario.memoryGrowth, lifetimeMs, start),
    ...rates,
    ...within,
  };
  const fds = { lifetimeMs, warmUpMs: warmMs, budget: () => descriptorBudget, ...within };
  const own = { lifetimeMs: heldMs, warmUpMs: warmMs, ...within };
  const ownTerms = { ...own, budget: (start: number) => Math.max(ownBytes, start * ownShare) };
  const isWatched = watch.targetMemory.length > 0;
  const judgedFromMs = (watch.holdMs ?? 0) + warmMs;
  const comparable = (events: readonly { atMs: number; value: number }[]): number[] =>
    stages === null ? events.map(({ value }) => value) : centredByStage(events, stages.judged);
  const bursts = watch
    .allBursts()
    .filter(({ atMs }) => stages !== null || atMs >= judgedFromMs)
    .map(({ atMs, p99Ms }) => ({ atMs, value: p99Ms }));
  const gaps = watch.gaps.series.values.map((value, index) => ({ atMs: watch.gaps.series.atMs[index]!, value }));
  return {
    heldMs,
    warmUpMs: warmMs,
    memory: isWatched ? growthOf(watch.targetMemory, memory) : null,
    descriptors: isWatched ? growthOf(watch.targetFds, fds) : null,
    latency:
      bursts.length === 0
        ? null
        : driftOf(comparable(bursts), scenario.latencyDrift === undefined ? null : durationMs(scenario.latencyDrift)),
    ...(stages === null ? {} : { stages: stagesBlock(stages) }),
    residue,
    generator: {
      memory: growthOf(watch.generatorMemory, ownTerms),
      processes: [...watch.ownMemory].map(([name, series]) => ownProcess(name, series, ownTerms)),
      descriptors: growthOf(watch.generatorFds, { ...own, budget: () => descriptorBudget }),
      gap: driftOf(comparable(gaps), null),
    },
    replacedShards: watch.replacedShards,
  };
}

/** A generator process: its slope, and its range after warm-up. */
function ownProcess(name: string, memory: BoundedSeries, terms: GrowthTerms): OwnProcess {
  const levels = Array.from(afterWarmUp(memory.series, terms.warmUpMs).values);
  const late = levels.slice(Math.floor(levels.length / 3));
  return {
    name,
    growth: growthOf(memory, terms),
    levels: late.length === 0 ? null : { lowest: Math.min(...late), highest: Math.max(...late) },
  };
}

/** Failures of the target over time. */
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

/** Generator processes that grew beyond their budget: they may have affected the measurement, so the run is invalid. */
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
 * Judgements that the scenario explicitly requests but that were not possible. Null: not measured; the schema's default
 * budgets request nothing, and what they could not judge becomes a note. A soak that could judge neither memory nor
 * latency is invalid.
 */
export function unjudgedReasons(
  { memory, latency, stages }: SoakBlock,
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
  if (stages !== undefined && memory !== null && !isJudged(memory))
    return [
      {
        code: "not-measured",
        text: "memory: no stage was held long enough to tell its trend, and that of several loads says nothing; hold stages longer",
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

/** Notes that neither blame the target nor invalidate the run. */
export function ownNotes({ generator, memory, latency, stages }: SoakBlock): Reason[] {
  const notes: Reason[] = stages === undefined ? [] : [stagesNote(stages, memory)];
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
 * The report with the soak's verdict: an invalid run stays invalid, growth of the generator makes it invalid, and
 * growth or drift of the target fails it.
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
    // Reasons that made the run invalid beforehand also explain why the soak could not be judged.
    reasons:
      report.verdict === "invalid"
        ? [...report.reasons, ...invalid, ...reasons]
        : [...invalid, ...report.reasons, ...reasons],
    notes: [...report.notes, ...ownNotes(block)],
    soak: block,
  };
}

/** A dead target decides the verdict, however short the soak was. */
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
