/** Converts the state of a capacity search to its block in the report, its verdict, and the progress line. */

import { type LimitName, limitNames } from "../../plan/search/limit-name.ts";
import type { NextTrial } from "../../plan/search/next-trial.ts";
import type { SearchState } from "../../plan/search/search.ts";
import { provedCounts } from "../../plan/search/search-bounds.ts";
import { estimateLeft } from "../../plan/search/search-estimate.ts";
import { type GoalResult, searchResult, sentenceOf } from "../../plan/search/search-result.ts";
import { formatDuration } from "../../report/model/format.ts";
import type { LimitResult, Reason, Verdict } from "../../report/model/report.ts";
import type { CapacityBlock, CapacityGoal, CapacityTrial } from "../../report/model/schema/capacity-block.ts";
import { parseLimit, wantedText } from "../../scenario/limit.ts";
import { type Vary, varied } from "../../scenario/varied.ts";
import type { CapacityState } from "./search-state.ts";

const grouped = (value: number): string => value.toLocaleString("en-US");

/** Inputs that are not in the state. */
export interface BlockTerms {
  vary: Vary;
  restarted: boolean;
  end: CapacityBlock["end"];
  progress?: string;
}

/** The block after the trials so far. */
export function capacityBlock(state: CapacityState, terms: BlockTerms): CapacityBlock {
  const { options, trials } = state.search;
  const end = terms.end === "answered" || terms.end === "trial-budget" ? terms.end : "time-budget";
  const found = searchResult(options, trials, end);
  const goals = found.goals.map((goal) => capacityGoal(goal, state, terms.end));
  const first = goals[0]!;
  const breaking = failureAt(state.trials, first.upper, first.goal);
  const proved = provedCounts(trials, { name: first.goal });
  return {
    vary: terms.vary,
    lower: first.lower,
    upper: first.upper,
    regular: first.regular,
    limitedBy: first.limitedBy,
    evidence:
      first.limitedBy === state.ceiling.code && breaking === null
        ? state.ceiling.text
        : (breaking?.evidence ?? lastInvalid(state.trials)?.evidence ?? null),
    criterion: first.criterion,
    ...(proved.has(first.lower ?? -1) ? { hardCount: first.lower! } : {}),
    end: terms.end,
    ceiling: state.ceiling,
    restarted: terms.restarted,
    elapsedMs: Math.round(found.elapsedMs),
    goals,
    trials: state.trials,
    ...(terms.progress === undefined ? {} : { progress: terms.progress }),
  };
}

/** The search only says `target`; the evidence of the trial that failed there says which part of it. */
function capacityGoal(goal: GoalResult, state: CapacityState, end: BlockTerms["end"]): CapacityGoal {
  const { lower, upper, regular, confirmed, criterion, width } = goal;
  const breaking = failureAt(state.trials, upper, goal.goal);
  const limitedBy = nameOf(goal, state, breaking, end);
  const sentence = sentenceOf({ ...goal, limitedBy }, state.search.options);
  return { goal: goal.goal, lower, upper, regular, confirmed, limitedBy, criterion, width, sentence };
}

/** Limits of an invalid trial that are more specific than the generator. */
const ownLimits = ["not-measured", "local-ports", "generator-descriptors", "generator-dialling"];

function nameOf(
  goal: GoalResult,
  state: CapacityState,
  breaking: CapacityTrial | null,
  end: BlockTerms["end"],
): string {
  const isCut = goal.limitedBy === "trial-budget" || goal.limitedBy === "time-budget";
  // A search that ran out of time still knows what failed at its upper bound; that it is irregular is reported
  // separately.
  if (isCut && breaking?.limitedBy != null) return breaking.limitedBy;
  if (end === "interrupted" && !goal.regular) return "interrupted";
  if (end === "not-started" && !goal.regular) return "target-not-started";
  if (goal.limitedBy === state.ceiling.text) return state.ceiling.code;
  if (goal.limitedBy === "target" || goal.limitedBy === "minimum-load") return breaking?.limitedBy ?? "target";
  if (isCut) return goal.limitedBy;
  const last = lastInvalid(state.trials)?.limitedBy ?? "";
  return ownLimits.includes(last) ? last : "generator";
}

/** The failed trial that represents an upper bound: of those at its load, one with the most frequently named limit. */
export function failureAt(trials: readonly CapacityTrial[], load: number | null, goal: string): CapacityTrial | null {
  const failed = trials.filter((trial) => trial.load === load && trial.outcome[goal] === "fail");
  const votes = (code: string | null): number => failed.filter(({ limitedBy }) => limitedBy === code).length;
  return [...failed].sort((a, b) => votes(b.limitedBy) - votes(a.limitedBy))[0] ?? null;
}

function lastInvalid(trials: readonly CapacityTrial[]): CapacityTrial | undefined {
  return trials.filter(({ verdict }) => verdict === "invalid").at(-1);
}

function boundsText(lower: number | null, upper: number | null, unit: string): string {
  if (lower === null) return upper === null ? "no bound yet" : `below ${grouped(upper)} ${unit}`;
  return upper === null
    ? `at least ${grouped(lower)} ${unit}`
    : `between ${grouped(lower)} and ${grouped(upper)} ${unit}`;
}

/** "between 4,000 and 8,000 connections; trial 7: bisect 5,600 for 20 s; about 3 min left" */
export function progressText(search: SearchState, next: NextTrial, vary: Vary): string {
  const [goal] = searchResult(search.options, search.trials, "time-budget").goals;
  const lower = goal?.lower ?? goal?.hint?.lower ?? null;
  const upper = goal?.upper ?? goal?.hint?.upper ?? null;
  const { unit } = varied[vary];
  const bounds = boundsText(lower, upper, unit);
  const left = formatDuration(Math.round(estimateLeft(search).leftMs / 1000) * 1000);
  return `${bounds}; trial ${search.trials.length + 1}: ${next.purpose} ${grouped(next.load)} for ${formatDuration(next.durationMs)}; about ${left} left`;
}

/** "trial 3: 3,001 connections fail, refused; the target refuses (target-refuses): 1 upgrade-rejected (503)" */
export function trialText(row: CapacityTrial, vary: Vary): string {
  const { number, load, verdict, criterion, limitedBy, evidence } = row;
  const what = { pass: "hold", fail: "fail", invalid: "say nothing" }[verdict];
  const broke = Object.values(criterion)[0];
  const whose =
    limitedBy === null ? "" : `; ${limitNames[limitedBy as LimitName] ?? limitedBy} (${limitedBy}): ${evidence}`;
  return `trial ${number}: ${grouped(load)} ${varied[vary].unit} ${what}${broke === undefined ? "" : `, ${broke}`}${whose}`;
}

/** Figures of limits on the bounds. */
const boundFigures = ["capacity.lower", "capacity.upper"];

/** Compares the bounds with the scenario's limits on them. */
export function boundLimits(
  texts: readonly string[],
  { lower, upper }: Pick<CapacityBlock, "lower" | "upper">,
): LimitResult[] {
  const limits = texts.map(parseLimit).filter(({ figure }) => boundFigures.includes(figure));
  return limits.map(({ figure, atMost, atLeast }) => {
    const measured = figure === "capacity.lower" ? lower : upper;
    const ok =
      measured !== null &&
      (atMost === undefined || measured <= atMost) &&
      (atLeast === undefined || measured >= atLeast);
    return {
      limit: figure,
      ...(atMost === undefined ? {} : { atMost }),
      ...(atLeast === undefined ? {} : { atLeast }),
      measured,
      ok,
    };
  });
}

/** Pass: the search completed, a lower bound exists and the limits are met. Invalid: no trial was valid. */
export function capacityVerdict(
  block: CapacityBlock,
  limits: readonly LimitResult[],
): { verdict: Verdict; reasons: Reason[] } {
  const reasons: Reason[] = block.end === "not-started" ? [notStarted(block)] : [];
  // A climb only looks at connections, and only briefly.
  const valid = block.trials.some(
    ({ verdict, purpose }) => verdict !== "invalid" && (purpose !== "climb" || verdict === "fail"),
  );
  if (!valid) {
    const why = lastInvalid(block.trials)?.evidence ?? "no trial was finished";
    return {
      verdict: "invalid",
      reasons: [...reasons, { code: "no-valid-trial", text: `no trial was valid evidence about the target: ${why}` }],
    };
  }
  if (block.lower === null)
    reasons.push({ code: "no-lower-bound", text: block.goals[0]?.sentence ?? "no load was confirmed to hold" });
  for (const { limit, atLeast, atMost, measured, ok } of limits) {
    if (ok) continue;
    const wanted = wantedText({ atMost, atLeast });
    reasons.push({
      code: "limit-missed",
      text: `${limit}: expected ${wanted}, ${measured === null ? "but there is none" : `found ${Number(measured.toPrecision(4))}`}`,
    });
  }
  return { verdict: reasons.length === 0 ? "pass" : "fail", reasons };
}

/** Why a search stopped without an answer: exit code 4, and `--resume` continues it. */
function notStarted({ trials }: CapacityBlock): Reason {
  const text = `trial ${trials.at(-1)?.number} had no target (${trials.at(-1)?.evidence}): the bounds are those found so far, and --resume continues from them`;
  return { code: "target-not-started", text };
}
